// The replication session against real servers: every version that the tests have.
#include "cdc/session/replication_session.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/integration/session_fixture.h"

namespace wakestream::cdc {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

TEST_P(SessionTest, says_which_server_this_is) {
  const auto server_identity = connect()->identify();
  ASSERT_TRUE(server_identity.has_value());
  EXPECT_EQ(std::to_string(server_identity->system_identifier),
            sql("SELECT system_identifier FROM pg_control_system()"));
  EXPECT_EQ(server_identity->timeline, 1U);
  EXPECT_EQ(server_identity->database, database);
  EXPECT_EQ(server_identity->address, "127.0.0.1:" + std::to_string(server().port()));
  EXPECT_EQ(server_identity->wal_level, "logical");
  EXPECT_EQ(server_identity->version_num / 10000, GetParam());
  EXPECT_FALSE(server_identity->in_recovery);
}

TEST_P(SessionTest, finds_a_slot_as_it_is_and_drops_it) {
  session = connect();
  EXPECT_EQ(session->find_slot(slot)->has_value(), false);
  const auto created = make_slot(*session, slot);
  ASSERT_TRUE(created.has_value());
  const auto found = session->find_slot(slot);
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->plugin, "pgoutput");
  EXPECT_EQ((*found)->database, database);
  EXPECT_EQ((*found)->confirmed_flush_lsn, *created);
  EXPECT_FALSE((*found)->active || (*found)->lost || (*found)->two_phase);
  ASSERT_TRUE(session->drop_slot(slot).has_value());
  EXPECT_EQ(session->find_slot(slot)->has_value(), false);
}

TEST_P(SessionTest, a_host_that_is_silent_is_left_for_the_next) {
  const int silent = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  ASSERT_EQ(bind(silent, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(silent, 8), 0);
  ASSERT_EQ(getsockname(silent, reinterpret_cast<sockaddr*>(&address), &size), 0);
  SessionOptions options;
  options.conninfo =
      server().conninfo(database) +
      fmt::format(" host=127.0.0.1,127.0.0.1 port={},{}", ntohs(address.sin_port), server().port());
  auto connected = ReplicationSession::connect(options);
  ASSERT_TRUE(connected.has_value()) << connected.error().message;
  EXPECT_EQ((*connected)->identify()->address, "127.0.0.1:" + std::to_string(server().port()));
  close(silent);
}

TEST_P(SessionTest, a_slot_waits_for_the_transactions_that_run_and_names_them) {
  session = connect();
  const auto writer = writing("batch");
  auto creation = session->create_slot({slot}).value();
  EXPECT_FALSE(made(*creation, milliseconds(300)));
  const auto reason = creation->waits_for().value();
  EXPECT_NE(reason.find(std::to_string(PQbackendPID(writer.get()))), std::string::npos) << reason;
  EXPECT_NE(reason.find("(batch, for "), std::string::npos) << reason;
  run(writer, "COMMIT");
  EXPECT_TRUE(made(*creation, milliseconds(10'000)));
}

TEST_P(SessionTest,
       a_slot_that_is_given_up_is_gone_from_the_server_though_what_it_waited_for_runs) {
  session = connect();
  const auto writer = writing("batch");
  auto creation = session->create_slot({slot}).value();
  EXPECT_FALSE(made(*creation, milliseconds(300)));
  creation.reset();
  session.reset();
  const auto there = "SELECT count(*) FROM pg_replication_slots WHERE slot_name = '" + slot + "'";
  for (int tries = 0; tries < 500 && sql(there) != "0"; ++tries)
    std::this_thread::sleep_for(milliseconds(10));
  EXPECT_EQ(sql(there), "0");
}

TEST_P(SessionTest, streams_rows_of_every_kind_in_order) {
  sql("CREATE TYPE tier AS ENUM ('gold');"
      "CREATE TABLE member (id int PRIMARY KEY, email text, bio text, level tier); ALTER TABLE "
      "member REPLICA IDENTITY FULL;"
      "ALTER TABLE member ALTER bio SET STORAGE EXTERNAL; CREATE PUBLICATION pub FOR TABLE member");
  stream();
  sql("BEGIN; INSERT INTO member VALUES (1, 'a@x', repeat('x', 10000), 'gold'); UPDATE member SET "
      "email = 'b@x';"
      "SELECT pg_logical_emit_message(true, 'p', 'm'); DELETE FROM member; TRUNCATE member; "
      "COMMIT");
  ASSERT_TRUE(next<TransactionBegin>());
  auto row = next<RowChange>();
  ASSERT_TRUE(row);
  EXPECT_EQ(row->operation, Operation::insert);
  EXPECT_EQ(row->after[3].text, "gold");
  row = next<RowChange>();
  ASSERT_TRUE(row);
  EXPECT_EQ(row->operation, Operation::update);
  EXPECT_EQ(row->before[1].text, "a@x");
  EXPECT_EQ(row->after[1].text, "b@x");
  EXPECT_EQ(row->after[2].text.size(), 10000U)
      << "the unchanged TOAST value comes from the old row";
  row = next<RowChange>();
  ASSERT_TRUE(row);
  EXPECT_EQ(row->operation, Operation::remove);
  EXPECT_EQ(row->ordinal, 3U);
  const auto truncation = next<Truncation>();
  ASSERT_TRUE(truncation);
  EXPECT_EQ(truncation->tables[0].relation->name, "member");
  const auto commit = next<TransactionCommit>();
  ASSERT_TRUE(commit);
  EXPECT_EQ(commit->row_count, 4U);
}

TEST_P(SessionTest, an_unchanged_toast_value_under_the_default_identity_is_not_sent) {
  sql("CREATE TABLE member (id int PRIMARY KEY, email text, bio text); ALTER TABLE member ALTER "
      "bio SET STORAGE EXTERNAL;"
      "CREATE PUBLICATION pub FOR TABLE member; INSERT INTO member VALUES (1, 'a@x', repeat('x', "
      "10000))");
  stream();
  sql("UPDATE member SET email = 'b@x'; UPDATE member SET id = 2; DELETE FROM member");
  auto row = next<RowChange>();
  ASSERT_TRUE(row);
  EXPECT_EQ(row->old_row, OldRow::absent);
  EXPECT_EQ(row->after[2].kind, Value::Kind::not_sent);
  row = next<RowChange>();
  ASSERT_TRUE(row);
  EXPECT_EQ(row->old_row, OldRow::key_only);
  EXPECT_EQ(row->before[0].text, "1");
  EXPECT_EQ(row->before[1].kind, Value::Kind::not_sent);
}

TEST_P(SessionTest, text_forms_do_not_hang_on_the_users_settings) {
  sql("ALTER DATABASE " + database + " SET timezone = 'Asia/Tokyo'; ALTER DATABASE " + database +
      " SET datestyle = 'German'; ALTER DATABASE " + database +
      " SET bytea_output = 'escape'; CREATE TABLE t (id int PRIMARY KEY, at timestamptz, raw "
      "bytea, part float8);"
      "CREATE PUBLICATION pub FOR TABLE t");
  stream();
  sql("INSERT INTO t VALUES (1, '2026-11-23 08:00:00+00', '\\x00ff', 0.1)");
  const auto row = next<RowChange>();
  ASSERT_TRUE(row);
  EXPECT_EQ(row->after[1].text, "2026-11-23 08:00:00+00");
  EXPECT_EQ(row->after[2].text, "\\x00ff");
  EXPECT_EQ(row->after[3].text, "0.1");
}

TEST_P(SessionTest, feedback_moves_the_slot_and_a_ping_is_answered) {
  sql("CREATE TABLE t (id int PRIMARY KEY); CREATE PUBLICATION pub FOR TABLE t");
  stream();
  sql("INSERT INTO t VALUES (1)");
  const auto commit = next<TransactionCommit>();
  ASSERT_TRUE(commit);
  ASSERT_TRUE(session->send_feedback(commit->end_lsn, true).has_value());
  bool answered = false;
  for (int tries = 0; tries < 100 && !answered; ++tries) {
    const auto received = session->receive(milliseconds(50));
    ASSERT_TRUE(received.has_value());
    answered = std::holds_alternative<Keepalive>(*received);
  }
  EXPECT_TRUE(answered);
  EXPECT_EQ(
      sql("SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = '" + slot + "'"),
      to_string(commit->end_lsn));
}

TEST_P(SessionTest, after_stop_streaming_the_session_speaks_sql_again) {
  sql("CREATE TABLE t (id int PRIMARY KEY); CREATE PUBLICATION pub FOR TABLE t");
  stream();
  sql("INSERT INTO t SELECT generate_series(1, 1000)");
  ASSERT_TRUE(session->stop_streaming().has_value());
  EXPECT_TRUE(session->find_slot(slot)->has_value());
}

TEST_P(SessionTest, a_lease_has_one_holder_and_goes_with_its_connection) {
  session = connect();
  auto second = connect();
  EXPECT_EQ(session->try_lease(-5).value(), true);
  EXPECT_EQ(second->try_lease(-5).value(), false);
  EXPECT_THAT(second->lease_holder(-5).value(), HasSubstr("pid "));
  session.reset();
  bool granted = false;
  for (int tries = 0; tries < 100 && !granted; ++tries) {
    granted = second->try_lease(-5).value();
    std::this_thread::sleep_for(milliseconds(10));
  }
  EXPECT_TRUE(granted);
}

TEST_P(SessionTest, a_temporary_copy_leaves_the_slot_where_it_is) {
  sql("CREATE TABLE t (id int PRIMARY KEY); CREATE PUBLICATION pub FOR TABLE t");
  session = connect();
  ASSERT_TRUE(make_slot(*session, slot).has_value());
  const auto before =
      sql("SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = '" + slot + "'");
  sql("INSERT INTO t VALUES (1)");
  ASSERT_TRUE(session->create_temporary_slot(slot + "_copy", slot).has_value());
  ASSERT_TRUE(session->start_streaming(slot + "_copy", "pub", Lsn{}).has_value());
  const auto commit = next<TransactionCommit>();
  ASSERT_TRUE(commit) << "what the slot has not confirmed comes";
  ASSERT_TRUE(session->send_feedback(commit->end_lsn, false).has_value());
  session.reset();
  EXPECT_EQ(
      sql("SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = '" + slot + "'"),
      before);
}

TEST_P(SessionTest, a_publication_is_read_with_its_columns_types_and_identity) {
  sql("CREATE SCHEMA g; CREATE TABLE g.a (id int, \"Odd Name\" varchar(5), gone int, CONSTRAINT k "
      "PRIMARY KEY (id)); ALTER TABLE g.a DROP gone;"
      "CREATE TABLE g.b (id int); ALTER TABLE g.b REPLICA IDENTITY FULL; CREATE TABLE g.c (id int);"
      "CREATE PUBLICATION pub FOR TABLE g.a, g.b, g.c WITH (publish = 'insert')");
  session = connect();
  const auto tables = session->published_tables("pub");
  ASSERT_TRUE(tables.has_value());
  ASSERT_EQ(tables->size(), 3U);
  EXPECT_THAT((*tables)[0].columns, testing::ElementsAre("id", "Odd Name"));
  EXPECT_THAT((*tables)[0].column_types, testing::ElementsAre("integer", "character varying(5)"));
  EXPECT_THAT((*tables)[0].identity_columns, testing::ElementsAre("id"));
  EXPECT_EQ((*tables)[1].replica_identity, 'f');
  EXPECT_FALSE((*tables)[2].replica_identity_usable);
  EXPECT_FALSE((*tables)[0].publishes_update);
  EXPECT_EQ(session->published_tables("other").error().kind, ErrorKind::publication_missing);
}

// ---- What goes wrong ----

TEST_P(SessionTest, a_database_or_user_that_is_not_there_is_named_and_a_password_never_shown) {
  auto error = refuse_to_connect(server().conninfo("nowhere"));
  EXPECT_EQ(error.kind, ErrorKind::wrong_database);
  EXPECT_THAT(error.message, HasSubstr("database \"nowhere\" does not exist"));
  error = refuse_to_connect(server().conninfo(database, "nobody") + " password=hunter2");
  EXPECT_EQ(error.kind, ErrorKind::access_denied);
  EXPECT_THAT(error.message, testing::AllOf(HasSubstr("role \"nobody\" does not exist"),
                                            testing::Not(HasSubstr("hunter2"))));
  error = refuse_to_connect("nonsense hunter2");
  EXPECT_THAT(error.message, testing::Not(HasSubstr("hunter2")));
}

TEST_P(SessionTest, a_user_without_replication_is_refused) {
  sql("CREATE ROLE plain_" + database + " LOGIN");
  const auto error = refuse_to_connect(server().conninfo(database, "plain_" + database));
  EXPECT_EQ(error.kind, ErrorKind::access_denied) << error.message;
}

TEST_P(SessionTest, nobody_listening_is_a_failed_connection) {
  const auto error = refuse_to_connect("host=127.0.0.1 port=1 dbname=x user=y");
  EXPECT_EQ(error.kind, ErrorKind::connection_failed) << error.message;
}

TEST_P(SessionTest, a_slot_that_is_missing_in_use_or_of_another_database_is_named) {
  sql("CREATE TABLE t (id int PRIMARY KEY); CREATE PUBLICATION pub FOR TABLE t");
  stream();
  auto second = connect();
  EXPECT_EQ(second->start_streaming(slot, "pub", Lsn{}).error().kind, ErrorKind::slot_active);
  second = connect();
  EXPECT_EQ(second->start_streaming("nowhere", "pub", Lsn{}).error().kind, ErrorKind::slot_missing);
  session.reset();
  SessionOptions options;
  options.conninfo = server().conninfo("postgres");
  auto elsewhere = ReplicationSession::connect(options);
  ASSERT_TRUE(elsewhere.has_value());
  for (int tries = 0; tries < 100; ++tries) {
    if ((*elsewhere)->find_slot(slot).value()->active)
      std::this_thread::sleep_for(milliseconds(10));
  }
  EXPECT_EQ((*elsewhere)->start_streaming(slot, "pub", Lsn{}).error().kind,
            ErrorKind::wrong_database);
}

TEST_P(SessionTest, a_connection_that_the_server_ends_is_a_failed_connection) {
  sql("CREATE TABLE t (id int PRIMARY KEY); CREATE PUBLICATION pub FOR TABLE t");
  stream();
  sql("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = '" +
      slot + "'");
  EXPECT_FALSE(next<RowChange>());
  EXPECT_EQ(failure.kind, ErrorKind::connection_failed) << failure.message;
}

TEST_P(SessionTest, a_wakeup_descriptor_ends_the_wait) {
  sql("CREATE TABLE t (id int PRIMARY KEY); CREATE PUBLICATION pub FOR TABLE t");
  session = connect();
  ASSERT_TRUE(make_slot(*session, slot).has_value());
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  session->set_wakeup_fds({ends[0]});
  ASSERT_TRUE(session->start_streaming(slot, "pub", Lsn{}).has_value());
  ASSERT_EQ(write(ends[1], "x", 1), 1);
  const auto begin = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - begin < milliseconds(5'000)) {
    const auto received = session->receive(milliseconds(10'000));
    ASSERT_TRUE(received.has_value());
    if (std::holds_alternative<Quiet>(*received)) break;
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, milliseconds(5'000));
  close(ends[0]);
  close(ends[1]);
}

INSTANTIATE_TEST_SUITE_P(Postgres, SessionTest, testing::Values(15, 18));

TEST(SessionWithoutLogicalWal, says_that_wal_level_must_be_logical) {
  const test::PostgresServer server(15, {"wal_level=replica"});
  SessionOptions options;
  options.conninfo = server.conninfo();
  auto session = ReplicationSession::connect(options);
  ASSERT_TRUE(session.has_value());
  EXPECT_EQ((*session)->identify()->wal_level, "replica");
  EXPECT_EQ(make_slot(**session, "s").error().kind, ErrorKind::wal_level);
}

}  // namespace
}  // namespace wakestream::cdc
