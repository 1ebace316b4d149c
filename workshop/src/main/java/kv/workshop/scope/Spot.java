package kv.workshop.scope;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import kv.workshop.FileBytes;
import kv.workshop.Json;
import kv.workshop.RecordHeader;
import kv.workshop.RecordScan;
import kv.workshop.scope.StoreFiles.Data;

/** A record, and its place. */
record Spot(String file, long at, RecordHeader header) {
  /**
   * Returns the record that begins in 16 bytes of a file, or null if the file is gone.
   *
   * @param place offset of the first of these bytes
   */
  static Spot in(StoreFiles store, String file, long place) throws IOException {
    Data data = store.data(file);
    try (FileBytes bytes = new FileBytes(store.folder().resolve(file), data.entry.size())) {
      RecordScan scan = scan(data, bytes);
      long last = Math.min(place + 15, bytes.size() - RecordHeader.SIZE);
      for (long at = place; at <= last; at++) {
        RecordHeader header = scan.header(at);
        if (header.isValid()) {
          return new Spot(file, at, header);
        }
      }
    } catch (NoSuchFileException e) {
      // A merge deleted it.
    }
    return null;
  }

  /** Returns a scan of a file with the version and the salt that were found. */
  static RecordScan scan(Data data, FileBytes bytes) {
    RecordScan scan = new RecordScan(bytes, data.strip.name);
    if (data.scan.version() == 2) {
      scan.useVersion2(data.scan.salt());
    }
    return scan;
  }

  /** Returns the place as JSON. */
  String json() {
    return new Json().object().field("file", file).field("at", at).end().toString();
  }
}
