using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ChatLoop.Contracts.Errors;
using Microsoft.Extensions.Configuration;
using Orleans.Connections.Security;

namespace ChatLoop.Silo.Clustering;

/// <summary>
/// Silos and clients of a cluster prove to one another by certificates of one authority that they belong to it, and nobody else reads
/// or joins in (section "Cluster:Tls"). Both sides show theirs. Host names do not matter: silos are known by addresses that change.
/// </summary>
public sealed class ClusterTls
{
    public const string Section = "Cluster:Tls";
    private const string Certificate = nameof(Certificate), Key = nameof(Key), Password = nameof(Password), Authority = nameof(Authority);

    private readonly X509Certificate2 _own;
    private readonly X509Certificate2 _authority;

    private ClusterTls(X509Certificate2 own, X509Certificate2 authority) => (_own, _authority) = (own, authority);

    /// <returns>Null where the section is empty: connections are not protected then.</returns>
    /// <exception cref="ChatLoopException">Invalid, naming the setting and never a password.</exception>
    public static ClusterTls? Read(IConfiguration configuration)
    {
        var section = configuration.GetSection(Section);
        var (certificate, authority) = (Text(section, Certificate), Text(section, Authority));
        if (certificate is null && authority is null) return null;
        if (certificate is null) throw Wrong(Certificate, "is missing: give this program's certificate with its private key, a .pfx or .pem file.");
        if (authority is null) throw Wrong(Authority, "is missing: give the certificate of the authority that signed those of all silos and clients, a .pem or .crt file.");
        var own = Load(Certificate, certificate, () => LoadOwn(certificate, Text(section, Key), Text(section, Password)));
        if (!own.HasPrivateKey) throw Wrong(Certificate, $"is '{certificate}', which has no private key: give a .pfx, or a .pem with {Section}:{Key}.");
        var tls = new ClusterTls(own, Load(Authority, authority, () => X509CertificateLoader.LoadCertificateFromFile(authority)));
        if (!tls.Trusts(own)) throw Wrong(Certificate, $"is '{certificate}', which {Section}:{Authority} has not signed, or which has expired: make one that it signs.");
        return tls;
    }

    /// <summary>For a silo's connections in both directions, and a client's.</summary>
    public void Apply(TlsOptions options)
    {
        options.LocalCertificate = _own;
        options.RemoteCertificateMode = RemoteCertificateMode.RequireCertificate;
        options.ClientCertificateMode = RemoteCertificateMode.RequireCertificate;
        options.RemoteCertificateValidation = (remote, _, _) => Trusts(remote);
        options.OnAuthenticateAsClient = (_, client) => client.TargetHost = "chatloop-silo";
        options.OnAuthenticateAsServer = (_, server) => server.ClientCertificateRequired = true;
        // Orleans would refuse a certificate that may only serve, or only call: silos do both.
        options.LocalClientCertificateSelector = (_, _, _, _, _) => _own;
    }

    /// <summary>Signed by the authority, whatever the machine's own store trusts.</summary>
    private bool Trusts(X509Certificate2? remote)
    {
        if (remote is null) return false;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(_authority);
        // An authority of one's own seldom publishes a list; a certificate that leaked is replaced with all others.
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(remote);
    }

    private static X509Certificate2 LoadOwn(string path, string? key, string? password)
    {
        if (!Path.GetExtension(path).Equals(".pem", StringComparison.OrdinalIgnoreCase)) return X509CertificateLoader.LoadPkcs12FromFile(path, password);
        using var pem = password is null ? X509Certificate2.CreateFromPemFile(path, key) : X509Certificate2.CreateFromEncryptedPemFile(path, password, key);
        // SChannel takes no key that lives in memory alone.
        return X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
    }

    private static X509Certificate2 Load(string name, string path, Func<X509Certificate2> load)
    {
        try
        {
            return load();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw Wrong(name, $"is '{path}', which cannot be read as a certificate ({e.Message}).");
        }
    }

    private static string? Text(IConfigurationSection section, string name) => string.IsNullOrWhiteSpace(section[name]) ? null : section[name];

    private static ChatLoopException Wrong(string name, string what) => ChatLoopException.Invalid($"{Section}:{name} {what}");
}
