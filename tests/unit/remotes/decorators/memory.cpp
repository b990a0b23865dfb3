// A module's unit tests link that module alone; decorators need something to decorate.
#include "remotes/mem/mem_remote.cpp"
