export { startMesh, type Mesh, type MeshInit } from "./mesh.ts";
