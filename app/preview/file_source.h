// Messages from a recording.
#pragma once

#include <fstream>
#include <string>

#include "app/preview/frame_source.h"
#include "app/preview/recording.h"

namespace wakestream::preview {

class FileSource final : public FrameSource {
 public:
  explicit FileSource(const std::string& path)
      : path_(path), file_(path, std::ios::binary), reader_(file_) {}

  cdc::Result<Next> next(std::chrono::milliseconds wait) override;
  std::string in_words(const cdc::Error& error) const override;
  bool cut_short() const { return reader_.cut_short(); }

 private:
  std::string path_;
  std::ifstream file_;
  RecordingReader reader_;
};

}  // namespace wakestream::preview
