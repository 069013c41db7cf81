#include <gmock/gmock.h>

#include "tests/unit/roles/machine_fixture.h"

namespace wakestream::capture {
namespace {

using testing::HasSubstr;

// wal_sender_timeout is 60 s: after a third of it a sign of life is asked for.
class CaptureSilence : public MachineTest {
 protected:
  bool asked() const {
    const auto* feedback = find<action::SendFeedback>();
    return feedback != nullptr && feedback->reply_requested;
  }
  // Heartbeats of the log go on meanwhile.
  void fall_silent(std::int64_t duration_ms) {
    for (std::int64_t passed = 0; passed < duration_ms && machine.state() == State::streaming;
         passed += 1'000) {
      pass_ms(1'000);
      was_asked = was_asked || asked();
      if (find<action::Write>() != nullptr) feed(input::Committed{});
    }
  }
  // What comes between two connections: the log's writer is closed, and a pause.
  void connect_again() {
    if (machine.state() == State::closing) feed(input::WriterClosed{});
    ASSERT_EQ(machine.state(), State::offline);
    pass_ms(10'000);
    feed(server());
  }

  bool was_asked = false;
};

TEST_F(CaptureSilence, a_stream_that_says_nothing_is_asked_once_and_goes_on_when_it_answers) {
  stream();
  fall_silent(19'000);
  EXPECT_FALSE(was_asked);
  fall_silent(2'000);
  EXPECT_TRUE(was_asked);
  was_asked = false;
  fall_silent(30'000);  // half a wal_sender_timeout behind the question: a walsender that decodes
  EXPECT_FALSE(was_asked);
  feed(input::KeptAlive{cdc::Lsn{0x1000}, false});
  fall_silent(55'000);
  EXPECT_EQ(machine.state(), State::streaming);
}

TEST_F(CaptureSilence, without_a_sign_of_life_everything_is_given_back_and_it_connects_again) {
  stream();
  fall_silent(59'000);
  EXPECT_EQ(machine.state(), State::streaming);
  fall_silent(2'000);
  EXPECT_NE(machine.state(), State::streaming);
  connect_again();
  EXPECT_EQ(machine.state(), State::leasing);
}

TEST_F(CaptureSilence, a_server_that_was_given_up_has_more_time_until_a_transaction_ends) {
  stream();
  fall_silent(61'000);
  ASSERT_NE(machine.state(), State::streaming);
  feed(input::WriterClosed{});
  pass_ms(10'000);
  stream();
  fall_silent(110'000);
  EXPECT_EQ(machine.state(), State::streaming);
  transaction(0x2000, 1);
  feed(input::Committed{});
  fall_silent(121'000);
  ASSERT_NE(machine.state(), State::streaming) << "of this connection it keeps what it has";
  feed(input::WriterClosed{});
  pass_ms(10'000);
  stream();
  fall_silent(110'000);
  EXPECT_EQ(machine.state(), State::streaming);
  fall_silent(11'000);
  EXPECT_NE(machine.state(), State::streaming) << "twice the time, and not four times";
}

TEST_F(CaptureSilence, a_process_that_stood_still_asks_before_it_gives_up) {
  stream();
  pass_ms(300'000);
  EXPECT_TRUE(asked());
  EXPECT_EQ(machine.state(), State::streaming);
  feed(input::KeptAlive{cdc::Lsn{0x1000}, false});
  pass_ms(9'000);
  EXPECT_EQ(machine.state(), State::streaming);
}

TEST_F(CaptureSilence, a_stream_that_is_not_listened_to_is_not_silent) {
  stream();
  transaction(0x2000, 10);  // goes out, and is not answered
  transaction(0x3000, 10);
  ASSERT_FALSE(machine.wants_messages());
  pass_ms(9'000);
  EXPECT_FALSE(asked());
  for (int part = 0; part < 5 && !machine.wants_messages(); ++part) feed(input::Committed{});
  ASSERT_TRUE(machine.wants_messages());
  pass_ms(9'000);
  EXPECT_FALSE(asked());
}

TEST_F(CaptureSilence, a_server_that_connects_and_never_streams_ends_it_with_75) {
  stream();
  fall_silent(61'000);
  connect_again();
  for (int at = 0; at < 400 && machine.state() == State::leasing; ++at) {
    feed(input::LeaseAnswered{false, "pid 7, our own", true});
    if (machine.state() == State::leasing) pass_ms(1'000);
  }
  ASSERT_EQ(machine.state(), State::refused);
  ASSERT_NE(find<action::Exit>(), nullptr);
  EXPECT_EQ(find<action::Exit>()->code, 75);
  EXPECT_THAT(exit_reason, HasSubstr("has streamed nothing for 3"));
}

TEST_F(CaptureSilence, another_instance_that_took_over_is_waited_for_without_end) {
  stream();
  fall_silent(61'000);
  connect_again();
  for (int at = 0; at < 400; ++at) {
    feed(input::LeaseAnswered{false, "another instance"});
    pass_ms(1'000);
  }
  EXPECT_EQ(machine.state(), State::leasing);
}

TEST_F(CaptureSilence, a_log_that_is_away_behind_a_silence_is_waited_for_without_end) {
  stream();
  fall_silent(61'000);
  connect_again();
  feed(input::LeaseAnswered{true, ""});
  ASSERT_EQ(machine.state(), State::peeking);
  feed(input::LogFailed{{log::ErrorKind::unreachable, "no answer"}});
  ASSERT_EQ(machine.state(), State::log_away);
  pass_ms(400'000);
  feed(input::CheckpointRead{});
  pass_ms(10'000);
  feed(server());
  feed(input::LeaseAnswered{false, "pid 7, our own", true});
  EXPECT_EQ(machine.state(), State::leasing);
}

TEST_F(CaptureSilence, a_server_that_is_away_is_waited_for_without_end) {
  stream();
  fall_silent(61'000);
  connect_again();
  feed(cut());
  for (int at = 0; at < 200; ++at) {
    pass_ms(10'000);
    if (machine.state() == State::connecting) feed(cut());
  }
  EXPECT_NE(machine.state(), State::refused);
  pass_ms(10'000);
  feed(server());
  feed(input::LeaseAnswered{false, "another instance"});
  EXPECT_EQ(machine.state(), State::leasing);
}

}  // namespace
}  // namespace wakestream::capture
