// A recording being written: what is in the file is always whole transactions.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "app/preview/frame_source.h"

namespace wakestream::preview {

class RecordingFile {
 public:
  // A new file, readable by its owner alone. One that is there is an error: it is never written
  // over.
  static tl::expected<std::unique_ptr<RecordingFile>, std::string> create(const std::string& path,
                                                                          std::uint64_t bytes_max);
  ~RecordingFile();
  RecordingFile(const RecordingFile&) = delete;
  RecordingFile& operator=(const RecordingFile&) = delete;

  // False when the file would become too large: the transaction that does not fit is left out, and
  // nothing more may be added. `end_lsn` is valid with a transaction's last message.
  tl::expected<bool, std::string> add(const Frame& frame, cdc::Lsn end_lsn);
  // Cuts off a transaction that is not whole, and says where the next recording would begin.
  tl::expected<void, std::string> finish();

  std::uint64_t transaction_count() const { return transaction_count_; }
  std::uint64_t size() const { return whole_bytes_; }

 private:
  RecordingFile(int fd, std::string path, std::uint64_t bytes_max)
      : fd_(fd), path_(std::move(path)), bytes_max_(bytes_max) {}
  tl::expected<void, std::string> flush();

  int fd_;
  std::string path_;
  std::uint64_t bytes_max_;
  std::string buffer_;
  std::uint64_t written_bytes_ = 0;
  std::uint64_t whole_bytes_ = 0;  // up to the last whole transaction
  std::uint64_t transaction_count_ = 0;
  cdc::Lsn end_lsn_;
};

}  // namespace wakestream::preview
