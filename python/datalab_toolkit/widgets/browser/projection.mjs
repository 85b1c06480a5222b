// Positions and pixels: the same two equal-area projections as datalab_toolkit/maps/projection.py
// (Calabretta & Greisen 2002, A&A 395, 1077, sections 5.3.3 and 5.3.4), where the reasons stand.

const RADIAN = 180 / Math.PI;

// Semi-axes in degrees of the ellipse that the sky is on the plane.
export const HALF_WIDTH = 2 * Math.SQRT2 * RADIAN;
export const HALF_HEIGHT = Math.SQRT2 * RADIAN;

const IDENTITY = [1, 0, 0, 0, 1, 0, 0, 0, 1];

// From ICRS, row by row, as in projection.py.
const FRAMES = {
  icrs: IDENTITY,
  galactic: [
    -0.0548755604, -0.8734370902, -0.4838350155, 0.4941094279, -0.44482963, 0.7469822445,
    -0.867666149, -0.1980763734, 0.4559837762
  ],
  ecliptic: [
    1, -7.08e-8, 8.06e-8, 3.29e-8, 0.9174821299, 0.3977769994, -1.021e-7, -0.3977769994, 0.9174821299
  ]
};

function turn(m, [x, y, z]) {
  return [
    m[0] * x + m[1] * y + m[2] * z,
    m[3] * x + m[4] * y + m[5] * z,
    m[6] * x + m[7] * y + m[8] * z
  ];
}

function turnBack(m, [x, y, z]) {
  return [
    m[0] * x + m[3] * y + m[6] * z,
    m[1] * x + m[4] * y + m[7] * z,
    m[2] * x + m[5] * y + m[8] * z
  ];
}

function multiply(a, b) {
  const columns = [0, 1, 2].map(i => turn(a, [b[i], b[i + 3], b[i + 6]]));
  return [0, 1, 2].flatMap(row => columns.map(column => column[row]));
}

export function vector(lon, lat) {
  const cosLat = Math.cos(lat / RADIAN);
  return [cosLat * Math.cos(lon / RADIAN), cosLat * Math.sin(lon / RADIAN), Math.sin(lat / RADIAN)];
}

export function angles([x, y, z]) {
  const lon = Math.atan2(y, x) * RADIAN;
  return [lon < 0 ? lon + 360 : lon, Math.atan2(z, Math.hypot(x, y)) * RADIAN];
}

/** A position of one frame in another; the frames are those above. */
export function convert([lon, lat], from, to) {
  return from === to
    ? [lon, lat]
    : angles(turn(FRAMES[to], turnBack(FRAMES[from], vector(lon, lat))));
}

const PLANES = {
  aitoff: {
    project([x, y, z]) {
      const cosLat = Math.hypot(x, y);
      let cosHalf;
      let sinHalf;
      if (x >= 0) {
        cosHalf = Math.sqrt((cosLat * (cosLat + x)) / 2);
        sinHalf = cosHalf > 0 ? (cosLat * y) / (2 * cosHalf) : 0;
      } else {
        sinHalf = Math.sqrt((cosLat * (cosLat - x)) / 2) * (y < 0 ? -1 : 1);
        cosHalf = (cosLat * y) / (2 * sinHalf);
      }
      const gamma = RADIAN * Math.sqrt(2 / (1 + cosHalf));
      return [2 * gamma * sinHalf, gamma * z];
    },
    unproject(x, y) {
      x /= RADIAN;
      y /= RADIAN;
      const square = 1 - (x * x) / 16 - (y * y) / 4;
      if (square < 0.5) {
        return null;
      }
      const z = Math.sqrt(square);
      // With c = cos(half the longitude) and s its sine, both times cos of the latitude.
      const sinLat = y * z;
      const c = 2 * square - 1;
      const s = (z * x) / 2;
      const length = Math.hypot(c, s);
      const cosLat = Math.sqrt(Math.max(0, 1 - sinLat * sinLat));
      return length > 0
        ? [
            (cosLat * (c * c - s * s)) / (length * length),
            (cosLat * 2 * c * s) / (length * length),
            sinLat
          ]
        : [cosLat, 0, sinLat];
    }
  },
  mollweide: {
    project([x, y, z]) {
      const goal = (Math.PI * (x * x + y * y)) / (1 + Math.abs(z));
      let u = Math.cbrt(6 * goal);
      for (let i = 0; i < 8; i++) {
        const slope = 1 - Math.cos(u);
        if (slope === 0) {
          break;
        }
        u = Math.min(Math.PI, Math.max(0, u - (u - Math.sin(u) - goal) / slope));
      }
      const gamma = ((Math.PI - u) / 2) * (z < 0 ? -1 : 1);
      return [
        ((RADIAN * 2 * Math.SQRT2) / Math.PI) * Math.atan2(y, x) * Math.cos(gamma),
        RADIAN * Math.SQRT2 * Math.sin(gamma)
      ];
    },
    unproject(x, y) {
      x /= RADIAN * Math.SQRT2;
      y /= RADIAN * Math.SQRT2;
      if ((x * x) / 4 + y * y > 1) {
        return null;
      }
      const gamma = Math.asin(y);
      const sinLat = Math.max(-1, Math.min(1, (2 * gamma + Math.sin(2 * gamma)) / Math.PI));
      const cosLat = Math.sqrt(1 - sinLat * sinLat);
      const lon = ((Math.PI / 2) * x) / (Math.cos(gamma) || 1);
      return [cosLat * Math.cos(lon), cosLat * Math.sin(lon), sinLat];
    }
  }
};

/** Where a map looks: MapView of datalab_toolkit/maps/view.py, in the browser. */
export class SkyView {
  constructor({ ra, dec, fov, width, height, frame, projection }) {
    Object.assign(this, { ra, dec, fov, width, height, frame, projection });
    this.scale = fov / width;
    this.plane = PLANES[projection];
    [this.lon, this.lat] = convert([ra, dec], 'icrs', frame);
    const centre = vector(this.lon, this.lat);
    const east = vector(this.lon + 90, 0);
    const north = [
      centre[1] * east[2] - centre[2] * east[1],
      centre[2] * east[0] - centre[0] * east[2],
      centre[0] * east[1] - centre[1] * east[0]
    ];
    this.rotation = multiply([...centre, ...east, ...north], FRAMES[frame]);
  }

  /** The same view with some properties changed. */
  with(changes) {
    return new SkyView({ ...this, ...changes });
  }

  /** Whether another view shows the same part of the sky, be it larger or smaller. */
  sees(other) {
    const shape = this.width / this.height - other.width / other.height;
    return (
      ['ra', 'dec', 'fov', 'frame', 'projection'].every(key => this[key] === other[key]) &&
      Math.abs(shape) < 0.02
    );
  }

  pixelOfVector(icrs) {
    const [x, y] = this.plane.project(turn(this.rotation, icrs));
    return [this.width / 2 - x / this.scale, this.height / 2 - y / this.scale];
  }

  /** Column and row of a position in degrees. */
  pixel(lon, lat, frame = 'icrs') {
    return this.pixelOfVector(turnBack(FRAMES[frame], vector(lon, lat)));
  }

  vectorAt(column, row) {
    const v = this.plane.unproject(
      (this.width / 2 - column) * this.scale,
      (this.height / 2 - row) * this.scale
    );
    return v && turnBack(this.rotation, v);
  }

  /** The position in degrees at a column and row, null beside the sky. */
  position(column, row, frame = 'icrs') {
    const v = this.vectorAt(column, row);
    return v && angles(turn(FRAMES[frame], v));
  }

  /** Move by pixels as if the sky were held; north stays up and the poles stop the move. */
  panned(dx, dy) {
    const lat = Math.max(-90, Math.min(90, this.lat + dy * this.scale));
    const lon = this.lon + (dx * this.scale) / Math.max(Math.cos(lat / RADIAN), 0.05);
    const [ra, dec] = convert([(lon + 360) % 360, lat], this.frame, 'icrs');
    return this.with({ ra, dec });
  }

  /** Change the field of view and keep what is under a pixel there. */
  zoomed(fov, column, row) {
    const held = this.vectorAt(column, row);
    let view = this.with({ fov });
    for (let i = 0; held && i < 4; i++) {
      const [x, y] = view.pixelOfVector(held);
      view = view.panned(column - x, row - y);
    }
    return view;
  }

  /** The smallest field of view with all the sky in it. */
  get wholeSky() {
    return 1.02 * Math.max(2 * HALF_WIDTH, (2 * HALF_HEIGHT * this.width) / this.height);
  }
}
