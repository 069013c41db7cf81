// librdkafka's objects with their owners.
#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>

namespace wakestream::log::kafka {

template <auto free_object>
struct Destroy {
  template <class T>
  void operator()(T* object) const {
    free_object(object);
  }
};

template <class T, auto free_object>
using RdPtr = std::unique_ptr<T, Destroy<free_object>>;

using ConfPtr = RdPtr<rd_kafka_conf_t, rd_kafka_conf_destroy>;
using ErrorPtr = RdPtr<rd_kafka_error_t, rd_kafka_error_destroy>;
using TopicPtr = RdPtr<rd_kafka_topic_t, rd_kafka_topic_destroy>;
using QueuePtr = RdPtr<rd_kafka_queue_t, rd_kafka_queue_destroy>;
using MessagePtr = RdPtr<rd_kafka_message_t, rd_kafka_message_destroy>;
using MetadataPtr = RdPtr<const rd_kafka_metadata_t, rd_kafka_metadata_destroy>;
using PartitionsPtr = RdPtr<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy>;
using EventPtr = RdPtr<rd_kafka_event_t, rd_kafka_event_destroy>;
using AdminOptionsPtr = RdPtr<rd_kafka_AdminOptions_t, rd_kafka_AdminOptions_destroy>;
using NewTopicPtr = RdPtr<rd_kafka_NewTopic_t, rd_kafka_NewTopic_destroy>;
using ConfigResourcePtr = RdPtr<rd_kafka_ConfigResource_t, rd_kafka_ConfigResource_destroy>;
using HeadersPtr = RdPtr<rd_kafka_headers_t, rd_kafka_headers_destroy>;
using GroupMetadataPtr =
    RdPtr<rd_kafka_consumer_group_metadata_t, rd_kafka_consumer_group_metadata_destroy>;

}  // namespace wakestream::log::kafka
