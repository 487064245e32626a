/** The rule of names: `snake_case` becomes `camelCase`; a trailing underscore and names without one stay. */

/** `max_pool2d` → `maxPool2d`, `add_` → `add_`, `UPLO` → `UPLO`. */
export function camelCase(name: string): string {
  return name.replace(/(?<=[^_])_+([a-zA-Z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** A dotted name, part by part: `linalg.inv_ex` → `linalg.invEx`. */
export function camelPath(name: string): string {
  return name.split(".").map(camelCase).join(".");
}
