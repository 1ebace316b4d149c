package kv.benchmarks.limits;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import org.openjdk.jmh.annotations.TearDown;

/** A mapped file of records, one for each key: reading without a store. */
public abstract class MappedRecords extends LimitState {
  MappedByteBuffer map;

  /** Creates and fills the file. */
  final void fillFile() throws IOException {
    try (FileChannel file = createFile()) {
      map = file.map(FileChannel.MapMode.READ_WRITE, 0, (long) RECORD_LENGTH * keys);
      for (int i = 0; i < keys; i++) {
        putRecord(map, i);
      }
    }
  }

  /** Deletes the file. */
  @TearDown
  public void delete() throws IOException {
    deleteDirectory();
  }
}
