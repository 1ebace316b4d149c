package kv.workshop;

import java.io.IOException;

/** The form of a dump: it receives the parts of the dump in order, and writes them. */
interface View {
  /** A view that shows nothing, for a pass that only collects. */
  View NONE =
      new View() {
        @Override
        public void file(String name, long size) {}

        @Override
        public void bytes(long offset, Fields fields) {}

        @Override
        public void note(Tone tone, String text) {}

        @Override
        public void summary(String text) {}

        @Override
        public int columns() {
          return TextView.COLUMNS;
        }

        @Override
        public boolean tellsLife() {
          return false;
        }
      };

  /** Begins a file. */
  void file(String name, long size) throws IOException;

  /** Shows bytes of the file. */
  void bytes(long offset, Fields fields) throws IOException;

  /** Explains the bytes above. */
  void note(Tone tone, String text) throws IOException;

  /** Ends a file, or the dump of a directory. */
  void summary(String text) throws IOException;

  /** Returns the number of characters that fit beside an offset. */
  int columns();

  /** Returns whether the dump of a single log says which of its records are live. */
  boolean tellsLife();
}
