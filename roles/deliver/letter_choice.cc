#include "roles/deliver/letter_choice.h"

namespace wakestream::deliver {

const std::string& error_of(const Letter& letter, const std::optional<LaneState>& lane) {
  static const std::string none;
  if (letter.state == LetterState::dead) return letter.error;
  return lane ? lane->error : none;
}

bool takes(const LetterChoice& choice, const Letter& letter, const std::optional<LaneState>& lane) {
  return (choice.account.empty() || letter.account() == choice.account) &&
         (choice.type.empty() || letter.type() == choice.type) &&
         (choice.error.empty() || error_of(letter, lane) == choice.error);
}

}  // namespace wakestream::deliver
