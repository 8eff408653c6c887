// XML as strictly as a reader of reports reads it: elements, attributes, text; anything else, or anything not well-formed, throws.

export interface XmlElement {
  name: string;
  attributes: Record<string, string>;
  children: XmlElement[];
  text: string;
}

// XML 1.0 §2.2.
const char = /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u;
const token =
  /<\?xml version="1\.0" encoding="UTF-8"\?>\n|<\/([a-z-]+)>|<([a-z-]+)((?: [a-z]+="[^"<]*")*)(\/?)>|([^<]+)/gy;

export function parseXml(source: string): XmlElement {
  if (!char.test(source)) throw new Error('a character that XML 1.0 does not have');
  const top: XmlElement = { name: '', attributes: {}, children: [], text: '' };
  const open = [top];
  let at = 0;
  for (const match of source.matchAll(token)) {
    at = match.index + match[0].length;
    const [, closed, opened, attributes = '', empty, text] = match;
    const inside = open.at(-1) ?? top;
    if (closed !== undefined && open.pop()?.name !== closed) throw new Error(`</${closed}> closes nothing`);
    if (text !== undefined) inside.text += plainText(text);
    if (opened === undefined) continue;
    const element = { name: opened, attributes: attributesOf(attributes), children: [], text: '' };
    inside.children.push(element);
    if (!empty) open.push(element);
  }
  const [root, second] = top.children;
  if (at !== source.length) throw new Error(`not XML at ${at}: ${source.slice(at, at + 40)}`);
  if (open.length !== 1 || !root || second || top.text.trim() !== '') throw new Error('not one element');
  return root;
}

function attributesOf(text: string): Record<string, string> {
  const pairs = [...text.matchAll(/ ([a-z]+)="([^"]*)"/g)].map(([, name = '', value = '']) => {
    if (/[\t\n\r]/.test(value)) throw new Error(`white space in ${name} that a reader would change`);
    return [name, plainText(value)] as const;
  });
  if (new Set(pairs.map(([name]) => name)).size !== pairs.length) throw new Error('an attribute twice');
  return Object.fromEntries(pairs);
}

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function plainText(text: string): string {
  return text.replace(/&(?:#(\d+)|(\w+))?(;?)/g, (all, code, name, end) => {
    const found = code ? String.fromCodePoint(Number(code)) : entities[name];
    if (!end || found === undefined) throw new Error(`${all} is no entity`);
    return found;
  });
}
