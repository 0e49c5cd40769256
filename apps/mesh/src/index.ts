export { type Mesh, type MeshInit, startMesh } from "./mesh.ts";
export { openEmbeddedStore, SCHEMAS } from "./stores.ts";
