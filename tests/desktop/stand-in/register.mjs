// `node --import …/register.mjs dist/electron.mjs` runs the real main bundle against the stand-in.
import { register } from 'node:module';

register('./hooks.mjs', import.meta.url);
