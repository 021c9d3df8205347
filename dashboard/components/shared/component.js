// How Streamlit and a component of ours meet.

/**
 * @template Data
 * @typedef {{ update: (data: Data) => void, close: () => void }} Board
 */

/** @typedef {(name: string, value: unknown) => void} Tell tells the server a state of the component */

/**
 * The function that Streamlit calls at each rerun, always with the same parentElement: it makes one
 * board per element, hands it the data, and closes it when the element has left the page.
 *
 * @template Data
 * @param {new (parent: HTMLElement, tell: Tell) => Board<Data>} Board
 */
export function keeping(Board) {
  /** @type {WeakMap<HTMLElement, Board<Data>>} */
  const boards = new WeakMap();
  /** @param {{ data: Data, parentElement: HTMLElement, setStateValue?: Tell }} call */
  return ({ data, parentElement, setStateValue = () => {} }) => {
    const board = boards.get(parentElement) ?? new Board(parentElement, setStateValue);
    boards.set(parentElement, board);
    board.update(data);
    return () => {
      // Streamlit also calls this when two reruns overtake each other, and the element stays.
      if (parentElement.isConnected) return;
      boards.get(parentElement)?.close();
      boards.delete(parentElement);
    };
  };
}
