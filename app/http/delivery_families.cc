#include "app/http/delivery_families.h"

namespace wakestream::app {

namespace {

using deliver::DeliverFacts;

template <class Value>
void sample_each(Families& out, const Deliveries& deliveries, Value value) {
  for (const auto& [consumer, facts] : deliveries)
    out.sample(metric_number(value(facts)), "consumer", consumer);
}

}  // namespace

void add_deliveries(Families& out, const Deliveries& deliveries) {
  const auto counter = [&](const char* name, const char* help, auto value) {
    sample_each(out.counter(name, help), deliveries, value);
  };
  const auto gauge = [&](const char* name, const char* help, auto value) {
    sample_each(out.gauge(name, help), deliveries, value);
  };
  counter("delivered_events", "Events that the consumer has, by its own answer",
          [](const DeliverFacts& facts) { return facts.delivered; });
  counter("withheld_events", "Events of which policy let nothing out to the consumer",
          [](const DeliverFacts& facts) { return facts.withheld; });
  counter("muted_events", "Events of bulk changes, which the consumer does not want",
          [](const DeliverFacts& facts) { return facts.muted; });
  counter("failed_attempts", "Attempts that the consumer did not take, or of unknown outcome",
          [](const DeliverFacts& facts) { return facts.failed; });
  counter("parked_events", "Events whose retries are used up, or that the consumer will never take",
          [](const DeliverFacts& facts) { return facts.parked; });
  gauge("deliveries_in_flight", "Attempts that are under way",
        [](const DeliverFacts& facts) { return facts.in_flight; });
  gauge("lanes_waiting", "Accounts whose events wait to be tried again",
        [](const DeliverFacts& facts) { return facts.waiting.lanes_waiting; });
  gauge("lanes_parked", "Accounts whose events wait for somebody to look at them",
        [](const DeliverFacts& facts) { return facts.waiting.lanes_parked; });
  gauge("letters_waiting", "Events in the consumer's dead-letter topic that wait in their order",
        [](const DeliverFacts& facts) { return facts.waiting.letters_waiting; });
  gauge("lanes_bulk", "Accounts whose next event is of a bulk change and waits for room",
        [](const DeliverFacts& facts) { return facts.waiting.lanes_bulk; });
  gauge("letters_bulk", "Events of bulk changes in the consumer's dead-letter topic that wait",
        [](const DeliverFacts& facts) { return facts.waiting.letters_bulk; });
  gauge("letters_dead", "Events in the consumer's dead-letter topic that were passed over",
        [](const DeliverFacts& facts) { return facts.waiting.letters_dead; });
  gauge("failure_patterns_of_consumer",
        "Errors that most of what fails has: the consumer's, or its recipe's",
        [](const DeliverFacts& facts) { return facts.patterns_of_consumer; });
  gauge("failure_patterns_of_data",
        "Errors that many events of a type are refused with, for what they say",
        [](const DeliverFacts& facts) { return facts.patterns_of_data; });
  gauge("consumer_away", "1 while the consumer fails for one account after another",
        [](const DeliverFacts& facts) { return std::uint64_t{facts.breaker_open}; });
  gauge("consumer_paused", "1 while nothing is sent because somebody, or the receiver, said so",
        [](const DeliverFacts& facts) { return std::uint64_t{facts.paused}; });
}

}  // namespace wakestream::app
