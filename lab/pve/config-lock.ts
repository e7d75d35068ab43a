/** The lock that PVE holds over a config file: who comes second waits until the first is done, however that ended. */
export class ConfigLock {
  private last: Promise<unknown> = Promise.resolve();

  /** Runs `work` alone. */
  hold<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.last.then(work, work);
    this.last = mine.catch(() => undefined);
    return mine;
  }
}
