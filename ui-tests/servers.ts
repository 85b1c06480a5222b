import { execFileSync } from 'child_process';
import { mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';

/** A Jupyter server of the tests. */
export interface IServer {
  url: string;
  port: number;
  /** Where it keeps all it writes. */
  state: string;
}

/** Where the servers of one run are. */
interface IPlaces {
  ports: number[];
  state: string;
}

/** Set to go on with servers that were started by hand, to write tests. */
export const REUSED = process.env.REUSE_SERVERS === '1';

/** Free ports and a directory, so that two runs never meet. */
function freePlaces(): IPlaces {
  const script = 'from free_ports import free_ports; print(free_ports(4))';
  const state = mkdtempSync(join(tmpdir(), 'datalab-ui-tests-'));
  process.on('exit', () => rmSync(state, { recursive: true, force: true }));
  return {
    ports: JSON.parse(
      execFileSync('python3', ['-c', script], {
        cwd: join(__dirname, '..', 'tests'),
        encoding: 'utf8'
      })
    ),
    state
  };
}

function places(): IPlaces {
  if (REUSED) {
    return {
      ports: [8990, 8991, 8992, 8993],
      state: join(tmpdir(), 'datalab-ui-tests')
    };
  }
  // The workers read this file too, and inherit what the first reading chose.
  process.env.DATALAB_UI_TESTS ??= JSON.stringify(freePlaces());
  return JSON.parse(process.env.DATALAB_UI_TESTS);
}

const { ports, state } = places();

function server(name: string, port: number): IServer {
  return { url: `http://127.0.0.1:${port}`, port, state: join(state, name) };
}

/** Has the real half of the demo sky, and a second service. */
export const SERVER = server('full', ports[0]);

/** Has no data at all. */
export const EMPTY_SERVER = server('empty', ports[1]);

/** The port of the second service: TAP and nothing else. */
export const TAP_PORT = ports[2];

/** Uses a Data Lab elsewhere, where this user has an account. */
export const ACCOUNT_SERVER = server('account', ports[3]);
export const USER = { name: 'alice', password: 'open-sesame', quota: '200kB' };
