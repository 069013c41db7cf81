// Sessions with real servers of every version that the tests have.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

#include "cdc/session/replication_session.h"
#include "cdc/session/slot_creation.h"
#include "cdc/stream/transaction_stream.h"
#include "tests/support/postgres_server.h"

namespace wakestream::cdc {

inline Result<MadeSlot> made(SlotCreation& creation, std::chrono::milliseconds wait) {
  const auto until = std::chrono::steady_clock::now() + wait;
  while (std::chrono::steady_clock::now() < until) {
    const auto looked = creation.look();
    if (!looked) return tl::make_unexpected(looked.error());
    if (*looked) return **looked;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return tl::make_unexpected(Error{ErrorKind::server_error, "the slot is not made", {}});
}

// Nothing runs that it would have to wait for.
inline Result<Lsn> make_slot(ReplicationSession& session, const std::string& name) {
  auto creation = session.create_slot({name});
  if (!creation) return tl::make_unexpected(creation.error());
  const auto slot = made(**creation, std::chrono::milliseconds(10'000));
  if (!slot) return tl::make_unexpected(slot.error());
  return slot->consistent_point;
}

class SessionTest : public testing::TestWithParam<int> {
 protected:
  static void SetUpTestSuite() {
    for (const int version : {15, 18})
      servers()[version] = std::make_unique<test::PostgresServer>(version);
  }
  static void TearDownTestSuite() { servers().clear(); }
  static std::map<int, std::unique_ptr<test::PostgresServer>>& servers() {
    static std::map<int, std::unique_ptr<test::PostgresServer>> all;
    return all;
  }

  void SetUp() override {
    // One database a test: slots and publications of one do not meet those of another.
    static int counter = 0;
    database = "db" + std::to_string(++counter);
    server().sql("CREATE DATABASE " + database);
    slot = "slot_" + database;
  }
  void TearDown() override {
    session.reset();
    for (int tries = 0; tries < 50; ++tries) {
      if (server().sql("SELECT count(*) FROM pg_replication_slots WHERE active AND slot_name = '" +
                       slot + "'") == "0")
        break;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    server().sql(
        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '" +
        slot + "'");
  }

  test::PostgresServer& server() const { return *servers()[GetParam()]; }
  std::string sql(const std::string& statements) { return server().sql(statements, database); }

  std::unique_ptr<ReplicationSession> connect() {
    SessionOptions options;
    options.conninfo = server().conninfo(database);
    auto connected = ReplicationSession::connect(options);
    if (!connected) throw std::runtime_error(connected.error().message);
    return std::move(*connected);
  }
  // An ordinary session in which a transaction has written something.
  ConnectionPtr writing(const std::string& application_name) {
    SessionOptions options;
    options.conninfo = server().conninfo(database);
    options.application_name = application_name;
    auto connected = connect_for_queries(options);
    if (!connected) throw std::runtime_error(connected.error().message);
    run(*connected, "BEGIN");
    run(*connected, "CREATE TABLE public.written_by_nobody_else (id int)");
    return std::move(*connected);
  }
  static void run(const ConnectionPtr& connection, const std::string& statement) {
    auto done = execute(connection.get(), statement, statement, std::chrono::milliseconds(5'000));
    if (!done) throw std::runtime_error(done.error().message);
  }
  Error refuse_to_connect(const std::string& conninfo) {
    SessionOptions options;
    options.conninfo = conninfo;
    auto connected = ReplicationSession::connect(options);
    return connected ? Error{} : connected.error();
  }

  void stream() {
    session = connect();
    ASSERT_TRUE(make_slot(*session, slot).has_value());
    ASSERT_TRUE(session->start_streaming(slot, "pub", Lsn{}).has_value());
  }
  // The next thing of the stream that is a T; keepalives and what carries no row are passed over.
  template <class T>
  std::optional<T> next() {
    for (int tries = 0; tries < 200; ++tries) {
      auto received = session->receive(std::chrono::milliseconds(50));
      if (!received) {
        failure = received.error();
        return std::nullopt;
      }
      const auto* data = std::get_if<WalData>(&*received);
      if (data == nullptr) continue;
      payload.assign(data->payload);
      auto item = transactions.push(data->wal_start, payload);
      if (!item) {
        failure = item.error();
        return std::nullopt;
      }
      if (const auto* found = std::get_if<T>(&*item)) return *found;
    }
    return std::nullopt;
  }

  std::string database;
  std::string slot;
  std::unique_ptr<ReplicationSession> session;
  TransactionStream transactions;
  std::string payload;
  Error failure{};
};

}  // namespace wakestream::cdc
