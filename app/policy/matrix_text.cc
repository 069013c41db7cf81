#include "app/policy/matrix_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/policy/load_policy.h"

namespace wakestream::app {

namespace {

using policy::ConsumerMatrix;
using policy::Policy;

constexpr std::string_view page_begin = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Who sees what</title><style>
body{font:14px/1.4 system-ui,sans-serif;margin:2em;max-width:80em}
table{border-collapse:collapse;margin:1em 0 2em}th,td{border:1px solid #bbb;padding:.25em .6em;text-align:left}
td.pass{background:#fde3c8}td.generalize,td.mask{background:#fdf3c8}td.tokenize,td.hmac{background:#e2ecfa}
td.nullify,td.drop,td.withhold{background:#eee;color:#555}small{color:#555;font-weight:normal}
</style></head><body>
)";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char letter : text) {
    switch (letter) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += letter;
    }
  }
  return out;
}

std::string places_of(const Policy& policy, const std::vector<policy::NameId>& column) {
  std::string text;
  for (const auto place : column)
    text += (text.empty() ? "" : " ") + policy.definition().jurisdictions.codes().name(place);
  return text;
}

std::string asked_for(const Policy& policy, const policy::MatrixAsked& asked) {
  return fmt::format("banner {}, consent {}, on {}; policy sha256 {}",
                     policy.definition().banners.name(asked.banner), to_string(asked.consent),
                     day_text(asked.at), policy.hash());
}

}  // namespace

std::string matrix_as_text(const Policy& policy, std::span<const ConsumerMatrix> matrices,
                           const policy::MatrixAsked& asked) {
  std::string text = asked_for(policy, asked) + "\n";
  for (const auto& matrix : matrices) {
    text += fmt::format("\n{}\n", policy.definition().consumer_names.name(matrix.consumer));
    for (std::size_t column = 0; column < matrix.columns.size(); ++column)
      text += fmt::format("  [{}] {}\n", column + 1, places_of(policy, matrix.columns[column]));
    std::size_t width = 0;
    for (const auto& row : matrix.rows)
      width = std::max(width, row.event.size() + 1 + row.field.size());
    std::string head = fmt::format("  {:{}}", "", width);
    for (std::size_t column = 0; column < matrix.columns.size(); ++column)
      head += fmt::format("  {:<10}", fmt::format("[{}]", column + 1));
    text += head.substr(0, head.find_last_not_of(' ') + 1) + "\n";
    for (const auto& row : matrix.rows) {
      auto line = fmt::format("  {:{}}", row.event + "." + row.field, width);
      for (const auto& cell : row.cells) line += fmt::format("  {:<10}", to_string(cell.action));
      text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
    }
  }
  return text;
}

std::string matrix_as_html(const Policy& policy, std::span<const ConsumerMatrix> matrices,
                           const policy::MatrixAsked& asked) {
  std::string page(page_begin);
  page += fmt::format("<h1>Who sees what</h1>\n<p>{}</p>\n", escaped(asked_for(policy, asked)));
  for (const auto& matrix : matrices) {
    page += fmt::format("<h2>{}</h2>\n<table>\n<tr><th>event</th><th>field</th>",
                        escaped(policy.definition().consumer_names.name(matrix.consumer)));
    for (const auto& column : matrix.columns)
      page += fmt::format("<th><small>{}</small></th>", escaped(places_of(policy, column)));
    page += "</tr>\n";
    for (const auto& row : matrix.rows) {
      page += fmt::format("<tr><td>{}</td><td>{}</td>", escaped(row.event), escaped(row.field));
      for (const auto& cell : row.cells)
        page += fmt::format("<td class=\"{0}\" title=\"{1}\">{0}</td>", to_string(cell.action),
                            escaped(policy.reason(cell)));
      page += "</tr>\n";
    }
    page += "</table>\n";
  }
  return page + "</body></html>\n";
}

}  // namespace wakestream::app
