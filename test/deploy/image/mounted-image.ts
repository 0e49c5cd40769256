import { buildah } from "./buildah.ts";

/** The root file system of an image. Disposing unmounts it. */
export type MountedImage = AsyncDisposable & {
  readonly rootfs: string;
  /** Bytes of all layers, as they are unpacked. */
  readonly bytes: number;
  readonly config: ImageConfig;
};

/** What an engine reads of an image in Docker's format. */
export type ImageConfig = {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly WorkingDir: string;
  readonly ExposedPorts: Readonly<Record<string, unknown>>;
  readonly Labels: Readonly<Record<string, string>>;
  readonly Healthcheck?: { readonly Test: readonly string[] };
};

/** Mount an image. */
export async function mountImage(name: string): Promise<MountedImage> {
  const inspected: { Docker: { config: ImageConfig }; Manifest: string } = JSON.parse(
    await buildah("inspect", "--type", "image", name),
  );
  const manifest: { layers: readonly { size: number }[] } = JSON.parse(inspected.Manifest);
  const container = await buildah("from", "--pull=never", name);
  return {
    rootfs: await buildah("mount", container),
    bytes: manifest.layers.reduce((sum, { size }) => sum + size, 0),
    config: inspected.Docker.config,
    async [Symbol.asyncDispose]() {
      await buildah("rm", container);
    },
  };
}
