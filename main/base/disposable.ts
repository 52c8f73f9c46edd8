/** Anything subscribed to can be left again; disposing twice does nothing. */
export interface Disposable {
  dispose(): void;
}

export function disposable(release: () => void): Disposable {
  let released = false;
  return {
    dispose() {
      if (released) return;
      released = true;
      release();
    },
  };
}

/** Owns disposables and releases them in reverse order of arrival. */
export class DisposableStack implements Disposable {
  readonly #held: Disposable[] = [];
  #disposed = false;

  /** Takes ownership. Added after disposal, it is released at once. */
  add<T extends Disposable>(item: T): T {
    if (this.#disposed) item.dispose();
    else this.#held.push(item);
    return item;
  }

  dispose(): void {
    this.#disposed = true;
    for (let item = this.#held.pop(); item !== undefined; item = this.#held.pop()) item.dispose();
  }
}
