/** Reads what the next update needs while the present one is computed. */
export class ReadAhead<Item> {
  readonly #read: (iteration: number) => Promise<Item>;
  #ahead: { readonly iteration: number; readonly item: Promise<Item> } | undefined;

  constructor(read: (iteration: number) => Promise<Item>) {
    this.#read = read;
  }

  /** What an update needs; that of the one after it is begun. */
  async next(iteration: number): Promise<Item> {
    const ready = this.#ahead?.iteration === iteration ? this.#ahead.item : this.#read(iteration);
    const item = await ready;
    const ahead = this.#read(iteration + 1);
    // Whoever waits for it is told; nobody may.
    ahead.catch(() => undefined);
    this.#ahead = { iteration: iteration + 1, item: ahead };
    return item;
  }
}
