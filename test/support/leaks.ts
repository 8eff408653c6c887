// Looks for secret values in what a program shows, in every form in which one may hide.

/** A text in which nothing secret may stand, and where it comes from. */
export interface Shown {
  from: string;
  text: string;
}

/** Where a marker was found, and in which form; empty when nothing leaked. Markers are plain letters and digits. */
export function leaksIn(shown: readonly Shown[], markers: readonly string[]): string[] {
  const forms = markers.flatMap((marker) => formsOf(marker).map(([form, text]) => ({ marker, form, text })));
  return shown.flatMap(({ from, text }) => {
    const [exact, folded] = [text, text.toLowerCase()];
    return forms
      .filter(({ form, text }) =>
        form.startsWith('base64') ? exact.includes(text) : folded.includes(text.toLowerCase()),
      )
      .map(({ marker, form }) => `${from} shows ${marker} (${form}): …${around(text, marker)}…`);
  });
}

/** Raw, hex and percent-encoded in any case; base64 at each of the three places at which a value may begin. */
function formsOf(marker: string): (readonly [form: string, text: string])[] {
  const bytes = Buffer.from(marker);
  const base64 = [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    // What the bytes before and after have a part in is left out.
    const from = [0, 2, 3][shift] ?? 0;
    const left = (shift + bytes.length) % 3;
    return [`base64, from byte ${shift}`, text.slice(from, left === 0 ? undefined : -1)] as const;
  });
  return [
    ['raw', marker],
    ['hex', bytes.toString('hex')],
    ['decimal bytes', [...bytes].join(' ')],
    ['JSON bytes', [...bytes].join(',')],
    ['percent-encoded', [...bytes].map((byte) => `%${byte.toString(16)}`).join('')],
    ['reversed', [...marker].toReversed().join('')],
    ...base64,
  ];
}

function around(text: string, marker: string): string {
  const at = Math.max(text.toLowerCase().indexOf(marker.toLowerCase()), 0);
  return text.slice(Math.max(at - 200, 0), at + 200);
}
