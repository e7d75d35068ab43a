/** A lock that is given in the order in which it was asked for, like that on the datastores' configuration file. */
export class Lock {
  #last: Promise<void> = Promise.resolve();

  /** Resolves when the lock is held, with what releases it. */
  async acquire(): Promise<() => void> {
    const before = this.#last;
    let release: () => void = () => undefined;
    this.#last = new Promise((resolve) => {
      release = resolve;
    });
    await before;
    return release;
  }

  /** Holds the lock while `work` runs. */
  async during<T>(work: () => T | Promise<T>): Promise<T> {
    const release = await this.acquire();
    try {
      return await work();
    } finally {
      release();
    }
  }
}
