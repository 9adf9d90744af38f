const opening = '"items":[';
// Go writes an item's metadata first. Within a text this cannot stand: its quotes would be escaped.
const between = '},{"metadata":';

/**
 * The items of a list as it comes, one at a time: that of 5,000 nodes takes 25 MiB as a whole. Of a list that is written in another way
 * they come at its end; a field of an item may not itself be a list of objects with metadata.
 */
export async function* itemsOf<T>(chunks: AsyncIterable<string>): AsyncGenerator<T> {
  let [head, rest] = ['', ''];
  for await (const chunk of chunks) {
    rest += chunk;
    if (head === '' && rest.includes(opening)) {
      const end = rest.indexOf(opening) + opening.length;
      [head, rest] = [rest.slice(0, end), rest.slice(end)];
    }
    if (head === '') continue;
    const texts = rest.split(between).map((text, index) => (index === 0 ? text : `{"metadata":${text}`));
    rest = texts.pop() ?? '';
    for (const text of texts) yield JSON.parse(`${text}}`);
  }
  const list: { items?: T[] | null } = JSON.parse(head + rest);
  yield* list.items ?? [];
}
