/**
 * A queue: work that is given to it starts when all work before it has ended, well or not.
 *
 * @returns a function that takes work and promises its result
 */
export function createTurns(): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };
}
