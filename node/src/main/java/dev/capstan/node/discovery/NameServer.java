package dev.capstan.node.discovery;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Hashtable;
import java.util.List;
import javax.naming.Context;
import javax.naming.NamingException;
import javax.naming.directory.Attribute;
import javax.naming.directory.InitialDirContext;
import org.jspecify.annotations.Nullable;

/**
 * Asks name servers, without the cache of the JVM, which would hide changes for half a minute. An
 * answer takes up to a few seconds; for one thread at a time.
 */
final class NameServer {
  private static final String FIRST_TIMEOUT_MILLIS = "1000";
  private static final String TRIES = "2";

  private final @Nullable String url;

  private NameServer(@Nullable String url) {
    this.url = url;
  }

  /** Those of this machine. */
  static NameServer ofThisMachine() {
    return new NameServer(null);
  }

  /** One that is chosen, such as {@code dns://127.0.0.1:5300}. */
  static NameServer at(String url) {
    return new NameServer(url);
  }

  /**
   * The addresses of a name; empty when the name exists without any.
   *
   * @throws NamingException if the name does not exist or nobody answers
   */
  List<String> addresses(String name) throws NamingException {
    try {
      List<String> found = new ArrayList<>(records(name, "A"));
      found.addAll(records(name, "AAAA"));
      return found;
    } catch (NamingException e) {
      if (url != null) {
        throw e;
      }
      return ofTheSystem(name, e);
    }
  }

  /**
   * The SRV records of a name, as the four fields of RFC 2782 with blanks between them.
   *
   * @throws NamingException if the name does not exist or nobody answers
   */
  List<String> services(String name) throws NamingException {
    return records(name, "SRV");
  }

  /** The system also knows files of hosts and domains to search. */
  private static List<String> ofTheSystem(String name, NamingException otherwise)
      throws NamingException {
    try {
      return Arrays.stream(InetAddress.getAllByName(name))
          .map(InetAddress::getHostAddress)
          .toList();
    } catch (UnknownHostException e) {
      throw otherwise;
    }
  }

  // JNDI is feared for objects that are made from what a server answers; the provider for DNS
  // answers texts only.
  @SuppressWarnings({"BanJNDI", "JdkObsolete"})
  private List<String> records(String name, String type) throws NamingException {
    Hashtable<String, String> environment = new Hashtable<>();
    environment.put(Context.INITIAL_CONTEXT_FACTORY, "com.sun.jndi.dns.DnsContextFactory");
    environment.put("com.sun.jndi.dns.timeout.initial", FIRST_TIMEOUT_MILLIS);
    environment.put("com.sun.jndi.dns.timeout.retries", TRIES);
    if (url != null) {
      environment.put(Context.PROVIDER_URL, url);
    }
    InitialDirContext context = new InitialDirContext(environment);
    try {
      Attribute found = context.getAttributes(name, new String[] {type}).get(type);
      List<String> texts = new ArrayList<>();
      for (int i = 0; found != null && i < found.size(); i++) {
        texts.add(String.valueOf(found.get(i)));
      }
      return texts;
    } finally {
      context.close();
    }
  }
}
