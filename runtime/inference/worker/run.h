// One run of a model on tensors where they lie in the shared memory.
#pragma once
#include "model.h"
#include "region.h"

namespace steppps {

// Installs the handler of the alarm by which a run that is late is stopped. Once, before threads are started.
void prepare_runs(const Runtime &);

// Runs what `slot` describes and fills in its status. `model` is null where there is no such session.
void run_slot(const Runtime &, const Model *model, Region &region, uint32_t region_size, RunSlot &slot);

}  // namespace steppps
