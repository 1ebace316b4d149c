package kv.step2;

import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;

/**
 * A directory on a disk that may lose power. It works like any other directory, and records which
 * state of it is durable: the bytes of a file as of the last fsync of that file, and the entries
 * of a directory as of the last fsync of that directory. Later changes may or may not survive a
 * power loss: {@link #imageAfterPowerLoss} creates each of these disks.
 */
final class FragileDisk extends FileSystemProvider {
  /** Called before every operation that changes the durable state or a directory entry. */
  interface Observer {
    void beforeChange() throws IOException;
  }

  Observer observer = () -> {};

  /** Called before a directory is listed. */
  Observer listing = () -> {};

  /** The message of a failed fsync of a directory, or null if such an fsync succeeds. */
  String directoryFailure;

  /** The message of a failed fsync of a device outside this disk, or null for the system's own. */
  String deviceFailure;

  /** A file or a directory, independent of its name. */
  private static final class Node {
    /** The bytes of a file as of its last fsync. */
    byte[] durable = new byte[0];

    /** The entries of a directory; null for a file. */
    Map<String, Node> entries;

    Map<String, Node> durableEntries;

    static Node directory() {
      Node node = new Node();
      node.entries = new HashMap<>();
      node.durableEntries = Map.of();
      return node;
    }
  }

  private final FileSystemProvider real = FileSystems.getDefault().provider();
  private final FileSystem fileSystem = new FragileFileSystem();
  private final Path root;
  private final Node rootNode = Node.directory();

  /** Creates a disk that keeps its bytes in a directory of a real one. */
  FragileDisk(Path root) throws IOException {
    this.root = root.toRealPath();
  }

  /** Returns the directory, as a path on this disk. */
  Path path() {
    return wrap(root);
  }

  /** Creates a directory in a state that this one may have after a power loss now. */
  void imageAfterPowerLoss(Path target, boolean unsyncedEntries, boolean unsyncedBytes)
      throws IOException {
    write(rootNode, root, target, unsyncedEntries, unsyncedBytes);
  }

  private void write(
      Node node, Path now, Path target, boolean unsyncedEntries, boolean unsyncedBytes)
      throws IOException {
    if (node.entries == null) {
      Files.write(target, unsyncedBytes ? Files.readAllBytes(now) : node.durable);
      return;
    }
    Files.createDirectories(target);
    for (var entry : (unsyncedEntries ? node.entries : node.durableEntries).entrySet()) {
      String name = entry.getKey();
      write(
          entry.getValue(),
          now.resolve(name),
          target.resolve(name),
          unsyncedEntries,
          unsyncedBytes);
    }
  }

  private Node node(Path path) {
    if (path.equals(root)) {
      return rootNode;
    }
    Node parent = node(path.getParent());
    return parent == null ? null : parent.entries.get(path.getFileName().toString());
  }

  private void enter(Path path, Node node) {
    node(path.getParent()).entries.put(path.getFileName().toString(), node);
  }

  // Operations that change the disk.

  @Override
  public FileChannel newFileChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    Path file = unwrap(path).toAbsolutePath();
    if (!file.startsWith(root)) {
      return new FaultyChannel(real.newFileChannel(file, options, attributes)) {
        @Override
        public void force(boolean metaData) throws IOException {
          failWith(Files.isDirectory(file) ? null : deviceFailure);
          super.force(metaData);
        }
      };
    }
    observer.beforeChange();
    FileChannel channel = real.newFileChannel(file, options, attributes);
    if (node(file) == null) {
      enter(file, new Node());
    }
    Node node = node(file);
    return new FaultyChannel(channel) {
      @Override
      public void force(boolean metaData) throws IOException {
        observer.beforeChange();
        failWith(node.entries != null ? directoryFailure : null);
        super.force(metaData);
        if (node.entries != null) {
          node.durableEntries = Map.copyOf(node.entries);
        } else {
          node.durable = Files.readAllBytes(file);
        }
      }
    };
  }

  private static void failWith(String message) throws IOException {
    if (message != null) {
      throw new IOException(message);
    }
  }

  @Override
  public void createDirectory(Path path, FileAttribute<?>... attributes) throws IOException {
    observer.beforeChange();
    real.createDirectory(unwrap(path), attributes);
    enter(unwrap(path), Node.directory());
  }

  // Operations that only read.

  @Override
  public void checkAccess(Path path, AccessMode... modes) throws IOException {
    real.checkAccess(unwrap(path), modes);
  }

  @Override
  public <A extends BasicFileAttributes> A readAttributes(
      Path path, Class<A> type, LinkOption... options) throws IOException {
    return real.readAttributes(unwrap(path), type, options);
  }

  @Override
  public DirectoryStream<Path> newDirectoryStream(
      Path directory, DirectoryStream.Filter<? super Path> filter) throws IOException {
    DirectoryStream<Path> stream = real.newDirectoryStream(unwrap(directory), filter);
    return new DirectoryStream<>() {
      @Override
      public Iterator<Path> iterator() {
        try {
          listing.beforeChange();
        } catch (IOException e) {
          throw new DirectoryIteratorException(e);
        }
        return stream.iterator();
      }

      @Override
      public void close() throws IOException {
        stream.close();
      }
    };
  }

  // Paths of the real file system, which report this disk as their file system.

  private record Wrapped(Path path, FragileDisk disk) implements InvocationHandler {
    @Override
    public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
      if (method.getName().equals("getFileSystem")) {
        return disk.fileSystem;
      }
      Object[] unwrapped =
          arguments == null
              ? null
              : Arrays.stream(arguments)
                  .map(one -> one instanceof Path other ? unwrap(other) : one)
                  .toArray();
      try {
        Object result = method.invoke(path, unwrapped);
        return result instanceof Path other ? disk.wrap(other) : result;
      } catch (InvocationTargetException e) {
        throw e.getCause();
      }
    }
  }

  private Path wrap(Path path) {
    return (Path)
        Proxy.newProxyInstance(
            Path.class.getClassLoader(), new Class<?>[] {Path.class}, new Wrapped(path, this));
  }

  private static Path unwrap(Path path) {
    return Proxy.isProxyClass(path.getClass())
        ? ((Wrapped) Proxy.getInvocationHandler(path)).path()
        : path;
  }

  private final class FragileFileSystem extends FileSystem {
    @Override
    public FileSystemProvider provider() {
      return FragileDisk.this;
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public boolean isReadOnly() {
      return false;
    }

    @Override
    public void close() {
      throw new UnsupportedOperationException();
    }

    @Override
    public String getSeparator() {
      throw new UnsupportedOperationException();
    }

    @Override
    public Iterable<Path> getRootDirectories() {
      throw new UnsupportedOperationException();
    }

    @Override
    public Iterable<FileStore> getFileStores() {
      throw new UnsupportedOperationException();
    }

    @Override
    public Set<String> supportedFileAttributeViews() {
      return Set.of("basic");
    }

    @Override
    public Path getPath(String first, String... more) {
      throw new UnsupportedOperationException();
    }

    @Override
    public PathMatcher getPathMatcher(String syntaxAndPattern) {
      throw new UnsupportedOperationException();
    }

    @Override
    public UserPrincipalLookupService getUserPrincipalLookupService() {
      throw new UnsupportedOperationException();
    }

    @Override
    public WatchService newWatchService() {
      throw new UnsupportedOperationException();
    }
  }

  // The methods of a file system provider that a store does not use.

  @Override
  public String getScheme() {
    throw new UnsupportedOperationException();
  }

  @Override
  public FileSystem newFileSystem(URI uri, Map<String, ?> environment) {
    throw new UnsupportedOperationException();
  }

  @Override
  public FileSystem getFileSystem(URI uri) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Path getPath(URI uri) {
    throw new UnsupportedOperationException();
  }

  @Override
  public SeekableByteChannel newByteChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void delete(Path path) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void move(Path source, Path target, CopyOption... options) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void copy(Path source, Path target, CopyOption... options) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean isSameFile(Path path, Path other) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean isHidden(Path path) {
    throw new UnsupportedOperationException();
  }

  @Override
  public FileStore getFileStore(Path path) {
    throw new UnsupportedOperationException();
  }

  @Override
  public <V extends FileAttributeView> V getFileAttributeView(
      Path path, Class<V> type, LinkOption... options) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void setAttribute(Path path, String attribute, Object value, LinkOption... options) {
    throw new UnsupportedOperationException();
  }
}
