// Messages in, row changes out.
#pragma once

#include "app/preview/frame_source.h"
#include "app/preview/row_pump.h"
#include "cdc/stream/transaction_stream.h"

namespace wakestream::preview {

class ChangePump final : public RowPump {
 public:
  explicit ChangePump(FrameSource& source) : source_(source) {}

  // At most a few hundred messages, or a wait of 100 ms.
  Step step(RowViewer& viewer) override;

 private:
  Step failed(const cdc::Error& error);
  Step take(RowViewer& viewer, const Frame& frame);
  Step show_change(RowViewer& viewer, const cdc::RowChange& row);

  FrameSource& source_;
  cdc::TransactionStream stream_;
  mapping::ChangeOrigin origin_{1, {}, 0, 0};
};

}  // namespace wakestream::preview
