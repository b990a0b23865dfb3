#include "workdir/gitignore_block.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>

namespace cairn::workdir {
namespace {

constexpr std::string_view kBegin = "# cairn begin";
constexpr std::string_view kEnd = "# cairn end";

// A gitignore pattern that matches exactly this name beside the file. The leading '/' also takes
// the meaning from a first '#' or '!'.
std::string ignore_line(std::string_view name) {
  while (name.starts_with('/')) name.remove_prefix(1);
  while (name.ends_with('/')) name.remove_suffix(1);
  std::string line = "/";
  for (const char c : name) {
    if (c == '\n' || c == '\r') {
      line += "[[:cntrl:]]";  // a line can hold neither
      continue;
    }
    if (c == '*' || c == '?' || c == '[' || c == '\\') line += '\\';
    line += c;
  }
  if (line.ends_with(' ')) line.insert(line.size() - 1, 1, '\\');  // git cuts trailing spaces
  return line;
}

// The file in lines without their ends.
struct IgnoreText {
  std::vector<std::string> lines;
  bool ends_with_newline = true;
  bool has_crlf = false;
};

IgnoreText split_text(std::string_view text) {
  IgnoreText out;
  out.ends_with_newline = text.empty() || text.ends_with('\n');
  const std::size_t first = text.find('\n');
  out.has_crlf = first != std::string_view::npos && first > 0 && text[first - 1] == '\r';
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    out.lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string join_text(const IgnoreText& text) {
  std::string out;
  for (const std::string& line : text.lines) {
    out += line;
    out += '\n';
  }
  if (!text.ends_with_newline && !out.empty()) out.pop_back();
  return out;
}

std::string_view bare_line(const std::string& line) {
  std::string_view bare = line;
  if (bare.ends_with('\r')) bare.remove_suffix(1);
  return bare;
}

// Indexes of the lines between the marks, without them. Where the end mark was lost, the block ends
// before the first line that cannot be ours.
struct Block {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool closed = false;
};

std::optional<Block> find_block(const std::vector<std::string>& lines, std::size_t from) {
  for (std::size_t i = from; i < lines.size(); ++i) {
    if (bare_line(lines[i]) != kBegin) continue;
    Block block{i + 1, i + 1, false};
    const auto end = std::find_if(lines.begin() + static_cast<std::ptrdiff_t>(i), lines.end(),
                                  [](const std::string& line) { return bare_line(line) == kEnd; });
    block.closed = end != lines.end();
    if (block.closed) {
      block.end = static_cast<std::size_t>(end - lines.begin());
    } else {
      while (block.end < lines.size() && lines[block.end].starts_with('/')) ++block.end;
    }
    return block;
  }
  return std::nullopt;
}

using LineIterator = std::vector<std::string>::iterator;

LineIterator at(std::vector<std::string>& lines, std::size_t index) {
  return lines.begin() + static_cast<std::ptrdiff_t>(index);
}

// The lines of all blocks: a merge may have left two.
std::set<std::string, std::less<>> lines_of_blocks(const std::vector<std::string>& lines) {
  std::set<std::string, std::less<>> out;
  for (auto block = find_block(lines, 0); block; block = find_block(lines, block->end)) {
    for (std::size_t i = block->begin; i < block->end; ++i) out.emplace(bare_line(lines[i]));
  }
  return out;
}

// Sorted among our lines, which come last; lines of other kinds in the block keep their place
// before them. `added` is sorted.
void insert_lines(std::vector<std::string>& lines, const Block& block,
                  std::vector<std::string> added) {
  auto first = at(lines, block.end);
  while (first != at(lines, block.begin) && std::prev(first)->starts_with('/')) --first;
  const auto begin = first - lines.begin();
  const auto count = static_cast<std::ptrdiff_t>(block.end) - begin;
  const auto middle = lines.insert(at(lines, block.end), std::make_move_iterator(added.begin()),
                                   std::make_move_iterator(added.end()));
  const auto end = middle + static_cast<std::ptrdiff_t>(added.size());
  const auto before = [](const std::string& a, const std::string& b) {
    return bare_line(a) < bare_line(b);
  };
  std::inplace_merge(lines.begin() + begin, lines.begin() + begin + count, end, before);
}

}  // namespace

std::string add_ignored(std::string_view gitignore, const std::vector<std::string>& names) {
  IgnoreText text = split_text(gitignore);
  const auto known = lines_of_blocks(text.lines);
  std::set<std::string, std::less<>> added;
  for (const auto& name : names) {
    if (auto line = ignore_line(name); !known.contains(line)) added.insert(std::move(line));
  }
  if (added.empty()) return std::string(gitignore);
  const std::string line_end = text.has_crlf ? "\r" : "";
  if (!text.ends_with_newline) text.lines.back() += line_end;
  text.ends_with_newline = true;
  auto block = find_block(text.lines, 0);
  if (!block) {
    text.lines.push_back(std::string(kBegin) + line_end);
    block = Block{text.lines.size(), text.lines.size(), false};
  }
  if (!block->closed) {
    text.lines.insert(at(text.lines, block->end), std::string(kEnd) + line_end);
  }
  std::vector<std::string> lines;
  for (const auto& line : added) lines.push_back(line + line_end);
  insert_lines(text.lines, *block, std::move(lines));
  return join_text(text);
}

std::string remove_ignored(std::string_view gitignore, const std::vector<std::string>& names) {
  IgnoreText text = split_text(gitignore);
  const auto known = lines_of_blocks(text.lines);
  std::set<std::string, std::less<>> wanted;
  for (const auto& name : names) {
    if (auto line = ignore_line(name); known.contains(line)) wanted.insert(std::move(line));
  }
  if (wanted.empty()) return std::string(gitignore);
  for (auto block = find_block(text.lines, 0); block;) {
    const auto kept =
        std::remove_if(at(text.lines, block->begin), at(text.lines, block->end),
                       [&](const std::string& line) { return wanted.contains(bare_line(line)); });
    const auto end = text.lines.erase(kept, at(text.lines, block->end));
    block->end = static_cast<std::size_t>(end - text.lines.begin());
    std::size_t next = block->end;
    if (block->begin == block->end) {
      next = block->begin - 1;
      text.lines.erase(at(text.lines, next), at(text.lines, block->end + (block->closed ? 1 : 0)));
    }
    block = find_block(text.lines, next);
  }
  return join_text(text);
}

bool has_ignored(std::string_view gitignore, std::string_view name) {
  return lines_of_blocks(split_text(gitignore).lines).contains(ignore_line(name));
}

}  // namespace cairn::workdir
