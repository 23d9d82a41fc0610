// web_ifc.mjs FILE.ifc: load it with web-ifc and print, as JSON, how many elements of each
// class it finds, how many of them it makes triangles for, and the volume they enclose.
import { readFileSync } from "node:fs";
import * as webIfc from "web-ifc";

const classes = {
  IfcWall: webIfc.IFCWALL,
  IfcDoor: webIfc.IFCDOOR,
  IfcWindow: webIfc.IFCWINDOW,
  IfcSlab: webIfc.IFCSLAB,
  IfcColumn: webIfc.IFCCOLUMN,
  IfcSpace: webIfc.IFCSPACE,
  IfcOpeningElement: webIfc.IFCOPENINGELEMENT,
};

const api = new webIfc.IfcAPI();
await api.Init();
api.SetLogLevel(webIfc.LogLevel.LOG_LEVEL_OFF);
const model = api.OpenModel(new Uint8Array(readFileSync(process.argv[2])));
const report = {};
for (const [name, code] of Object.entries(classes)) {
  const ids = api.GetLineIDsWithType(model, code);
  const entry = { found: ids.size(), meshed: 0, triangles: 0, volume: 0 };
  for (let i = 0; i < ids.size(); i++) {
    const mesh = api.GetFlatMesh(model, ids.get(i));
    let triangles = 0;
    for (let g = 0; g < mesh.geometries.size(); g++) {
      const placed = mesh.geometries.get(g);
      const geometry = api.GetGeometry(model, placed.geometryExpressID);
      const indices = api.GetIndexArray(geometry.GetIndexData(), geometry.GetIndexDataSize());
      const data = api.GetVertexArray(geometry.GetVertexData(), geometry.GetVertexDataSize());
      triangles += indices.length / 3;
      entry.volume += volume(data, indices, placed.flatTransformation);
    }
    entry.triangles += triangles;
    if (triangles > 0) entry.meshed += 1;
  }
  report[name] = entry;
}
console.log(JSON.stringify(report));

// Volume enclosed by triangles whose vertices are rows of six numbers (position, normal).
function volume(data, indices, matrix) {
  const at = (k) => {
    const [x, y, z] = data.slice(6 * k, 6 * k + 3);
    return [0, 1, 2].map((r) => matrix[r] * x + matrix[4 + r] * y + matrix[8 + r] * z + matrix[12 + r]);
  };
  const origin = indices.length ? at(indices[0]) : [0, 0, 0];
  let six = 0;
  for (let t = 0; t < indices.length; t += 3) {
    const [a, b, c] = [0, 1, 2].map((k) => at(indices[t + k]).map((v, r) => v - origin[r]));
    six += a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0]) + a[2] * (b[0] * c[1] - b[1] * c[0]);
  }
  return six / 6;
}
