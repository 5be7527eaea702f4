package dev.capstan.security.identity;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Who a node is. In its certificate this is the one URI among the subject's alternative names:
 * {@code capstan://<cluster>/node/<node>/role/<coordinator|worker>}. Authorization reads that URI
 * and never the subject, which is there for people.
 *
 * <p>All characters that names may have stand for themselves in a URI, so an escape in one is not
 * ours and is refused: there is one way to write an identity.
 *
 * @param cluster id of the cluster: 1 to 63 letters a-z, digits and -
 * @param node id of the node; for a coordinator as strict as the cluster's, for a worker 1 to 128
 *     letters, digits and . _ : -
 * @param role what the node may be
 */
public record NodeIdentity(String cluster, String node, Role role) {
  private static final String CLUSTER = "[a-z0-9][a-z0-9-]{0,62}";
  private static final String NODE = "[A-Za-z0-9][A-Za-z0-9._:-]{0,127}";

  private static final Pattern CLUSTER_NAME = Pattern.compile(CLUSTER);
  private static final Pattern WORKER_NAME = Pattern.compile(NODE);
  private static final Pattern URI =
      Pattern.compile("capstan://(" + CLUSTER + ")/node/(" + NODE + ")/role/(coordinator|worker)");

  private static final int URI_NAME = 6;

  /**
   * @throws IllegalArgumentException if a name can't be one
   */
  public NodeIdentity {
    if (!CLUSTER_NAME.matcher(cluster).matches()) {
      throw new IllegalArgumentException(
          "The id of a cluster is 1 to 63 letters a-z, digits and -, and starts with no -");
    }
    boolean fits =
        switch (role) {
          case COORDINATOR -> CLUSTER_NAME.matcher(node).matches();
          case WORKER -> WORKER_NAME.matcher(node).matches();
        };
    if (!fits) {
      throw new IllegalArgumentException(
          switch (role) {
            case COORDINATOR ->
                "The id of a coordinator is 1 to 63 letters a-z, digits and -, and starts with no -";
            case WORKER ->
                "The id of a worker is 1 to 128 letters, digits and . _ : -, and starts with a letter"
                    + " or digit";
          });
    }
  }

  /** A coordinator of a cluster. */
  public static NodeIdentity coordinator(String cluster, String node) {
    return new NodeIdentity(cluster, node, Role.COORDINATOR);
  }

  /** A worker of a cluster. */
  public static NodeIdentity worker(String cluster, String node) {
    return new NodeIdentity(cluster, node, Role.WORKER);
  }

  /** As certificates write it. */
  public String uri() {
    return "capstan://" + cluster + "/node/" + node + "/role/" + role.word();
  }

  /**
   * The identity with this URI.
   *
   * @throws IllegalArgumentException if it is written in any other way
   */
  public static NodeIdentity ofUri(String uri) {
    Matcher parts = URI.matcher(uri);
    if (!parts.matches()) {
      throw new IllegalArgumentException(
          "A node is named capstan://<cluster>/node/<node>/role/<coordinator|worker>");
    }
    return new NodeIdentity(parts.group(1), parts.group(2), Role.ofWord(parts.group(3)));
  }

  /**
   * Whom a certificate names. Says nothing about whether the certificate is to be believed.
   *
   * @throws CertificateParsingException unless exactly one URI is among its names and that is an
   *     identity
   */
  public static NodeIdentity of(X509Certificate certificate) throws CertificateParsingException {
    Collection<List<?>> names = certificate.getSubjectAlternativeNames();
    List<String> uris =
        names == null
            ? List.of()
            : names.stream()
                .filter(name -> name.getFirst().equals(URI_NAME))
                .map(name -> String.valueOf(name.get(1)))
                .toList();
    if (uris.size() != 1) {
      throw new CertificateParsingException(
          "A node's certificate names the node in exactly one URI; this one has " + uris.size());
    }
    try {
      return ofUri(uris.getFirst());
    } catch (IllegalArgumentException e) {
      throw new CertificateParsingException(
          "The certificate names no node of a cluster. " + e.getMessage(), e);
    }
  }

  /** For messages: role and node. */
  public String shown() {
    return role.word() + " " + node;
  }
}
