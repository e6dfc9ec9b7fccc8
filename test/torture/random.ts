import { createHash } from 'node:crypto';

/** Numbers that look random and follow from a seed alone, so that what was done with them can be done again. */
export class Random {
  readonly #seed: string;
  #drawn = 0;

  constructor(seed: string) {
    this.#seed = seed;
  }

  /** A whole number from 0 on, and less than `bound`. */
  below(bound: number): number {
    const digest = createHash('sha256')
      .update(`${this.#seed} ${this.#drawn++}`)
      .digest();
    return digest.readUIntBE(0, 6) % bound;
  }

  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** @throws where there is nothing to choose from */
  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }

  /** The same items in another order. */
  shuffle<Item>(items: readonly Item[]): Item[] {
    const left = [...items];
    return items.flatMap(() => left.splice(this.below(left.length), 1));
  }
}
