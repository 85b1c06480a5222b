/** The service the toolkit asks when it is told of none. */
export const DEFAULT_SERVICE = 'datalab';

/** The Python code that runs a query with the toolkit and shows the rows. */
export function pythonQuery(query: string, service = DEFAULT_SERVICE): string {
  const text = query.replace(/\\/g, '\\\\').replace(/"""/g, '\\"\\"\\"');
  const from =
    service === DEFAULT_SERVICE ? '' : `, service=${pythonString(service)}`;
  return `import datalab_toolkit as dl

df = dl.query("""
${text}
"""${from})
df`;
}

/** A Python string literal; JSON's escapes are Python's. */
export function pythonString(text: string): string {
  return JSON.stringify(text);
}
