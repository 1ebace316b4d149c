package kv.workshop.scope;

import kv.workshop.Json;

/**
 * A change of a store that a page shows.
 *
 * @param kind put, overwrite, delete, seal, create, remove, rename, cut, sync, damage, merge or more
 * @param file the name of the file; after a rename, the new one
 * @param at offset in the file, or -1
 * @param length number of bytes, or -1
 * @param key the key, or null
 * @param killed the place of the record that is dead now, or null
 * @param text the change in one sentence
 */
record Change(String kind, String file, long at, long length, Key key, Place killed, String text) {
  /** The place of a record. */
  record Place(String file, long at) {
    String json() {
      return new Json().object().field("file", file).field("at", at).end().toString();
    }
  }

  /** Returns a change of a whole file. */
  static Change ofFile(String kind, String file, String text) {
    return new Change(kind, file, -1, -1, null, null, text);
  }

  /** Returns the change as JSON. */
  String json() {
    return new Json()
        .object()
        .field("kind", kind)
        .field("file", file)
        .offset("at", at)
        .offset("length", length)
        .raw("key", key == null ? "null" : key.json())
        .raw("kills", killed == null ? "null" : killed.json())
        .field("text", text)
        .end()
        .toString();
  }
}
