// Beside a time stands what a frame costs in instructions, which is the same on a busy machine: a regression shows where
// the times cannot be believed.
import { instructionsPerFrame, isValgrindThere } from '../tools/hot-path.mjs';
import { native } from './programs.mjs';

const known = new Map();

/** Of the path that the bench names, if it names one; null without valgrind. Each is counted once a run. */
export async function instructionsOf({ hotPath }) {
  if (hotPath === undefined || !isValgrindThere()) return null;
  const { path, bytes, ring } = hotPath;
  const key = `${path} ${bytes} ${ring}`;
  if (!known.has(key)) {
    await native('native_hot_path');
    known.set(key, instructionsPerFrame(path, bytes, ring));
  }
  return { perFrame: known.get(key), of: key };
}
