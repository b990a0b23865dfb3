// libcurl, loaded with the first request and never before: it brings thirty libraries along (TLS,
// Kerberos, LDAP), whose start costs more than everything else a short command does.
#pragma once

#include <curl/curl.h>

#include "cairn/result.hpp"

namespace cairn::net {

// The functions used, under their names without "curl_".
struct CurlLibrary {
  decltype(&::curl_easy_cleanup) easy_cleanup = nullptr;
  decltype(&::curl_easy_getinfo) easy_getinfo = nullptr;
  decltype(&::curl_easy_init) easy_init = nullptr;
  decltype(&::curl_easy_pause) easy_pause = nullptr;
  decltype(&::curl_easy_setopt) easy_setopt = nullptr;
  decltype(&::curl_easy_strerror) easy_strerror = nullptr;
  decltype(&::curl_getdate) getdate = nullptr;
  decltype(&::curl_global_init) global_init = nullptr;
  decltype(&::curl_multi_add_handle) multi_add_handle = nullptr;
  decltype(&::curl_multi_cleanup) multi_cleanup = nullptr;
  decltype(&::curl_multi_info_read) multi_info_read = nullptr;
  decltype(&::curl_multi_init) multi_init = nullptr;
  decltype(&::curl_multi_perform) multi_perform = nullptr;
  decltype(&::curl_multi_poll) multi_poll = nullptr;
  decltype(&::curl_multi_remove_handle) multi_remove_handle = nullptr;
  decltype(&::curl_multi_setopt) multi_setopt = nullptr;
  decltype(&::curl_multi_wakeup) multi_wakeup = nullptr;
  decltype(&::curl_share_cleanup) share_cleanup = nullptr;
  decltype(&::curl_share_init) share_init = nullptr;
  decltype(&::curl_share_setopt) share_setopt = nullptr;
  decltype(&::curl_slist_append) slist_append = nullptr;
  decltype(&::curl_slist_free_all) slist_free_all = nullptr;
  decltype(&::curl_version_info) version_info = nullptr;
  // SSL_version() of the OpenSSL that it uses, of which this program links no part; may be null.
  int (*ssl_version)(const void* session) = nullptr;
};

// Loads and initialises it, once; kIo (slug "no-libcurl") where it is absent or too old.
// Thread-safe.
Status load_curl();
// After load_curl() succeeded.
const CurlLibrary& curl();

namespace detail {
// By another name, for tests. What was opened stays open.
Result<CurlLibrary> open_curl(const char* name);
}  // namespace detail

}  // namespace cairn::net
