// An API that the stand-in lacks must not look like one that does nothing: reading it throws.
const QUIET = new Set(['then', 'toJSON', 'constructor', 'nodeType', '$$typeof', 'asymmetricMatch']);

/** @template {object} T @param {string} name @param {T} target @returns {T} */
export function strict(name, target) {
  return new Proxy(target, {
    get(object, key, receiver) {
      if (typeof key === 'symbol' || QUIET.has(key) || key in object) {
        const value = Reflect.get(object, key, object);
        return typeof value === 'function' && key !== 'constructor' ? bound(object, receiver, value) : value;
      }
      throw new Error(`the Electron stand-in has no ${name}.${String(key)}`);
    },
    set(object, key) {
      throw new Error(`the Electron stand-in does not let ${name}.${String(key)} be set`);
    },
  });
}

/** Methods act on the object itself and return the strict view where they return `this`. */
const bound = (object, receiver, method) =>
  function (...args) {
    const result = Reflect.apply(method, object, args);
    return result === object ? receiver : result;
  };
