// The string formats that a schema may ask for; formats not named here are not checked, as in kube-apiserver.

const checks: Record<string, (text: string) => boolean> = {
  byte: (text) => /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text),
  date: (text) => /^\d{4}-\d{2}-\d{2}$/.test(text) && isDate(`${text}T00:00:00Z`),
  datetime: (text) =>
    /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/.test(text) && isDate(text),
  microtime: (text) => /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}(Z|[+-]\d{2}:\d{2})$/.test(text) && isDate(text),
  duration: (text) => /^[+-]?(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$|^0$/.test(text),
  uuid: (text) => /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i.test(text),
  ipv4: (text) => /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/.test(text),
  uri: (text) => URL.canParse(text) || text.startsWith('/'),
  hostname: (text) =>
    /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i.test(text),
  email: (text) => /^[^\s@]+@[^\s@]+$/.test(text),
};

function isDate(text: string): boolean {
  return !Number.isNaN(Date.parse(text));
}

/** Whether `text` has the format; true for formats not known here. */
export function matchesFormat(format: string, text: string): boolean {
  return checks[format.replaceAll('-', '')]?.(text) ?? true;
}
