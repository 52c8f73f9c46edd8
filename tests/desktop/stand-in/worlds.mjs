// The preload runs in an isolated world of the page: same DOM, other JavaScript. What contextBridge exposes
// crosses by synchronous CustomEvents whose detail is JSON text, so no object of one world reaches the other.

/** Values cross as JSON; a function crosses as its number in the world it lives in. */
const CROSSING = `
  const functions = [];
  const pack = (value) => JSON.stringify(value, (_key, item) =>
    typeof item === 'function' ? { $function: functions.push(item) - 1 } : item === undefined ? { $undefined: true } : item);
  const unpack = (text, call) => JSON.parse(text, (_key, item) =>
    item !== null && typeof item === 'object' && '$function' in item ? (...args) => call(item.$function, args)
    : item !== null && typeof item === 'object' && '$undefined' in item ? undefined : item);
  /** Calls function \`id\` of the other world and returns what it returned. */
  const caller = (channel) => (id, args) => {
    const event = new CustomEvent(channel, { detail: pack({ id, args }) });
    let answer = '';
    const listen = (reply) => { answer = reply.detail; };
    document.addEventListener(channel + '-return', listen);
    document.dispatchEvent(event);
    document.removeEventListener(channel + '-return', listen);
    const { value, error } = unpack(answer, caller(channel));
    if (error !== undefined && error !== null) throw new Error(error);
    return value;
  };
  /** Answers calls of the other world to functions of this one. */
  const answering = (channel, back) => document.addEventListener(channel, (event) => {
    const { id, args } = unpack(event.detail, caller(back));
    let reply;
    try { reply = { value: functions[id](...args), error: null }; } catch (error) { reply = { value: null, error: String(error) }; }
    document.dispatchEvent(new CustomEvent(channel + '-return', { detail: pack(reply) }));
  });
`;

/** Main world: receives what the preload exposes. Must be installed before the isolated world's script. */
export const mainWorldSource = `(() => {
  ${CROSSING}
  answering('stand-in:to-main', 'stand-in:to-isolated');
  document.addEventListener('stand-in:expose', (event) => {
    const { name, api } = unpack(event.detail, caller('stand-in:to-isolated'));
    Object.defineProperty(globalThis, name, { value: Object.freeze(api), enumerable: true });
  });
})();`;

/** Isolated world: `electron` as a sandboxed preload sees it, then the real preload bundle. */
export const isolatedWorldSource = (preload) => `(() => {
  ${CROSSING}
  answering('stand-in:to-isolated', 'stand-in:to-main');
  const listeners = new Map();
  const ipcRenderer = {
    send: (channel, ...args) => globalThis.__standInSend(JSON.stringify({ channel, args })),
    on: (channel, listener) => { listeners.set(channel, [...(listeners.get(channel) ?? []), listener]); },
    removeListener: (channel, listener) => { listeners.set(channel, (listeners.get(channel) ?? []).filter((item) => item !== listener)); },
  };
  globalThis.__standInDeliver = (channel, args) => { for (const listener of listeners.get(channel) ?? []) listener({}, ...args); };
  const contextBridge = {
    exposeInMainWorld: (name, api) => { document.dispatchEvent(new CustomEvent('stand-in:expose', { detail: pack({ name, api }) })); },
  };
  const strict = (name, object) => new Proxy(object, { get(target, key) {
    if (!(key in target)) throw new Error('the Electron stand-in has no ' + name + '.' + String(key));
    return target[key];
  } });
  const electron = { contextBridge: strict('contextBridge', contextBridge), ipcRenderer: strict('ipcRenderer', ipcRenderer) };
  const require = (name) => {
    if (name === 'electron') return strict('electron', electron);
    throw new Error('a sandboxed preload cannot require ' + name);
  };
  const module = { exports: {} };
  (function (require, module, exports) { ${preload}
  })(require, module, module.exports);
})();`;
