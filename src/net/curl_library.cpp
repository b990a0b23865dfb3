#include "net/curl_library.hpp"

#include <fmt/core.h>

#include <string>

#include <openssl/crypto.h>

#include "base/assert.hpp"
#include "base/shared_library.hpp"

namespace cairn::net {
namespace {

constexpr const char* kLibraryName = "libcurl.so.4";
constexpr unsigned kLeastVersion = 0x075700;  // 7.87: CURLOPT_PROTOCOLS_STR, CURLINFO_*_T

Error unusable(const std::string& why) {
  return Error(Code::kIo, "libcurl, which makes all requests, cannot be used: " + why)
      .hint("install it (Debian and Ubuntu: `apt-get install libcurl4`), then run this again")
      .slug("no-libcurl");
}

void read_handles(base::SharedLibrary& symbols, CurlLibrary& library) {
  symbols.read(library.easy_cleanup, "curl_easy_cleanup");
  symbols.read(library.easy_getinfo, "curl_easy_getinfo");
  symbols.read(library.easy_init, "curl_easy_init");
  symbols.read(library.easy_pause, "curl_easy_pause");
  symbols.read(library.easy_setopt, "curl_easy_setopt");
  symbols.read(library.easy_strerror, "curl_easy_strerror");
  symbols.read(library.multi_add_handle, "curl_multi_add_handle");
  symbols.read(library.multi_cleanup, "curl_multi_cleanup");
  symbols.read(library.multi_info_read, "curl_multi_info_read");
  symbols.read(library.multi_init, "curl_multi_init");
  symbols.read(library.multi_perform, "curl_multi_perform");
  symbols.read(library.multi_poll, "curl_multi_poll");
  symbols.read(library.multi_remove_handle, "curl_multi_remove_handle");
  symbols.read(library.multi_setopt, "curl_multi_setopt");
  symbols.read(library.multi_wakeup, "curl_multi_wakeup");
}

void read_others(base::SharedLibrary& symbols, CurlLibrary& library) {
  symbols.read(library.getdate, "curl_getdate");
  symbols.read(library.global_init, "curl_global_init");
  symbols.read(library.share_cleanup, "curl_share_cleanup");
  symbols.read(library.share_init, "curl_share_init");
  symbols.read(library.share_setopt, "curl_share_setopt");
  symbols.read(library.slist_append, "curl_slist_append");
  symbols.read(library.slist_free_all, "curl_slist_free_all");
  symbols.read(library.version_info, "curl_version_info");
  symbols.read_optional(library.ssl_version, "SSL_version");
}

CurlLibrary& loaded_library() {
  static CurlLibrary library;
  return library;
}

Status load_once() {
  CAIRN_TRY(loaded_library(), detail::open_curl(kLibraryName));
  // OPENSSL_CONF of the environment could name a module to load; without any file curl also starts
  // in a tenth of the time.
  OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
  if (loaded_library().global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
    return unusable("it does not start");
  return {};
}

}  // namespace

Result<CurlLibrary> detail::open_curl(const char* name) {
  auto symbols = base::SharedLibrary::open(name);
  if (!symbols) return unusable(symbols.error().message());
  CurlLibrary library;
  read_handles(*symbols, library);
  read_others(*symbols, library);
  if (const auto complete = symbols->complete(); !complete)
    return unusable(complete.error().message());
  const curl_version_info_data* const version = library.version_info(CURLVERSION_NOW);
  if (version->version_num < kLeastVersion)
    return unusable(fmt::format("{} is version {}, and 7.87 is needed", name, version->version));
  return library;
}

Status load_curl() {
  static const Status loaded = load_once();
  return loaded;
}

const CurlLibrary& curl() {
  CAIRN_ASSERT(loaded_library().easy_init != nullptr);
  return loaded_library();
}

}  // namespace cairn::net
