// Every bench, in the order of the table. An entry: `id`, `title`, `unit` of its values, `reach` ({atLeast} for its ratio),
// `needs` (parts of the peers whose packages must be installed) and `run(options)`, which answers with the fields of its
// entry in the JSON. `seconds`: what it may take; `hotPath`: what of tools/hot-path.mjs stands beside its times.
import { blackouts } from './benches/blackout.mjs';
import { controlPlane } from './benches/control-plane.mjs';
import { drains } from './benches/drain.mjs';
import { footprint } from './benches/footprint.mjs';
import { loopback } from './benches/loopback.mjs';
import { neighbour } from './benches/neighbour.mjs';
import { notifications } from './benches/notification.mjs';
import { panelBenches } from './benches/panel.mjs';
import { receives } from './benches/receive.mjs';
import { sessionSetups } from './benches/session-setup.mjs';
import { snapshot } from './benches/snapshot.mjs';
import { vmToVm } from './benches/vm-to-vm.mjs';

/** Why a bench has no ratio that was left out by who ran them. */
export const NOT_CHOSEN = 'not chosen in this run';

export const BENCHES = [
  ...drains,
  ...receives,
  loopback,
  ...vmToVm,
  ...notifications,
  ...blackouts,
  ...sessionSetups,
  footprint,
  controlPlane,
  snapshot,
  neighbour,
  ...panelBenches,
];
