#include "foreign/yaml_library.hpp"

#include "base/shared_library.hpp"

namespace cairn::foreign {

namespace {

Result<YamlLibrary> load() {
  CAIRN_TRY(auto symbols, base::SharedLibrary::open("libyaml-0.so.2"));
  YamlLibrary library;
  symbols.read(library.parser_initialize, "yaml_parser_initialize");
  symbols.read(library.parser_set_input_string, "yaml_parser_set_input_string");
  symbols.read(library.parser_parse, "yaml_parser_parse");
  symbols.read(library.parser_delete, "yaml_parser_delete");
  symbols.read(library.event_delete, "yaml_event_delete");
  CAIRN_CHECK(symbols.complete());
  return library;
}

}  // namespace

Result<const YamlLibrary*> yaml_library() {
  static const Result<YamlLibrary> loaded = load();
  if (loaded) return &*loaded;
  return Error(Code::kIo,
               "libyaml, which reads the files of DVC, cannot be used: " + loaded.error().message())
      .hint("install it (Debian and Ubuntu: `apt-get install libyaml-0-2`), then run this again")
      .slug("no-library");
}

}  // namespace cairn::foreign
