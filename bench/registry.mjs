// Every bench, in the order of the table. An entry: `id`, `title`, `unit` of its values, `reach` (what the ratio is meant
// to be at least), `needs` (parts of the peers that must be installed) and `run(options)`, which answers with the
// fields of its entry in the JSON.
import { drains } from './benches/drain.mjs';
import { loopback } from './benches/loopback.mjs';
import { receives } from './benches/receive.mjs';
import { vmToVm } from './benches/vm-to-vm.mjs';

export const BENCHES = [...drains, ...receives, loopback, ...vmToVm];
