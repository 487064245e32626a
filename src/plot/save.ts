/** Writing files that appear whole or not at all. */

/**
 * Writes a file beside its place under another name, then renames it.
 *
 * @param path - where to
 * @param contents - text, or bytes
 */
export async function saveFile(path: string, contents: string | Uint8Array): Promise<void> {
  const { rename, rm, writeFile } = await import("node:fs/promises");
  const temporary = `${path}.${process.pid}-${Math.random().toString(36).slice(2)}.tmp`;
  try {
    await writeFile(temporary, contents);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
