// A finding: one thing that is not as `run` needs it, and what mends it.
//
// A finding's kind has an id that stays (scripts and dashboards know it) and a severity:
//   error     `run` would refuse, or lose or misread changes
//   warning   it runs, and something will hurt later
//   note      worth knowing; nothing has to be done
//
// `reason` is one sentence, `where` the place (a file with line and column, a table, a setting). No
// finding holds a cell's value or a secret.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wakestream::check {

enum class Severity : std::uint8_t { error, warning, note };

std::string_view name_of(Severity severity);

// The order of areas is the order in which mends are carried out: what a later one needs, an
// earlier one makes.
enum class Area : std::uint8_t { files, connection, server, role, table, publication, slot, log };

struct FindingKind {
  std::string_view id;
  Severity severity;
  Area area;
  std::string_view title;  // what is found, in a few words; docs/check.md has the same
};

struct Mend {
  enum class Kind : std::uint8_t {
    sql,      // `text`: statements for psql, as an administrator, in the pipeline's database
    command,  // `text`: a line for a shell
    edit,     // in `file`: at `line` and `column` write `new_text` for `old_text`
    restart,  // PostgreSQL must be restarted; `text` names what waits for it
    advice,   // `text`: what only a person can decide or do
  };

  Kind kind = Kind::advice;
  std::string text;
  std::string file;
  int line = 0;    // from 1; 0: behind the last line
  int column = 0;  // from 1, in bytes
  std::string old_text;
  std::string new_text;
  // At the primary of the standby that was checked; for statements and restarts.
  bool at_primary = false;

  friend bool operator==(const Mend&, const Mend&) = default;
};

Mend sql(std::string statement);
Mend command(std::string line);
Mend advice(std::string sentence);
Mend restart(std::string setting);
Mend at_primary(Mend mend);

struct Finding {
  const FindingKind* kind = nullptr;
  std::string reason;
  std::string where;
  std::vector<Mend> mends;
};

// Every kind that there is, by area.
const std::vector<FindingKind>& finding_kinds();

class Findings {
 public:
  // `id` must be one of finding_kinds(): anything else is a mistake of ours and aborts.
  void add(std::string_view id, std::string where, std::string reason, std::vector<Mend> mends);

  const std::vector<Finding>& all() const { return list_; }
  std::size_t count(Severity severity) const;
  bool has(std::string_view id) const;
  // The statements of that area write to the database: a standby cannot, its primary must.
  void send_to_primary(Area area);
  // Errors first, and by area among themselves.
  void sort();

 private:
  std::vector<Finding> list_;
};

}  // namespace wakestream::check
