import { tmpdir } from 'os';
import { join } from 'path';

/** A Jupyter server of the tests. */
export interface IServer {
  url: string;
  port: number;
  /** Where it keeps all it writes. */
  state: string;
}

function server(name: string, port: number): IServer {
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    state: join(tmpdir(), `datalab-ui-tests-${name}`)
  };
}

/** Has the real half of the demo sky, and a second service. */
export const SERVER = server('full', 8990);

/** Has no data at all. */
export const EMPTY_SERVER = server('empty', 8991);

/** The second service: TAP and nothing else. */
export const TAP_PORT = 8992;
