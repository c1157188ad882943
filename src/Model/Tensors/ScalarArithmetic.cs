using TorchSharp;
using static TorchSharp.torch;

namespace ChatLoop.Model.Tensors;

/// <summary>
/// Arithmetic of tensors with numbers, safe from the garbage collector. TorchSharp's own operators (<c>x + y</c>, which passes a
/// factor of 1, <c>x * 2</c>, <c>x.square()</c>) wrap each number in a temporary <see cref="Scalar"/> and keep no reference to it
/// during the native call, so its finalizer may free the number while libtorch reads it. Here every scalar outlives its call.
/// An architecture test holds the rest of the code to this. Shapes broadcast as usual; all but the in-place forms differentiate.
/// </summary>
public static class ScalarArithmetic
{
    private static readonly Scalar One = 1.ToScalar();
    private static readonly Scalar Two = 2.ToScalar();
    private static readonly Scalar Zero = 0.ToScalar();
    private static readonly Scalar NegativeInfinity = double.NegativeInfinity.ToScalar();

    extension(Tensor x)
    {
        /// <summary>x + y.</summary>
        public Tensor Plus(Tensor y) => x.add(y, One);

        /// <summary>x + y.</summary>
        public Tensor Plus(double y)
        {
            using var scalar = y.ToScalar();
            return x.add(scalar, One);
        }

        /// <summary>x * y.</summary>
        public Tensor Times(double y)
        {
            using var scalar = y.ToScalar();
            return x.mul(scalar);
        }

        /// <summary>x / y.</summary>
        public Tensor Over(double y)
        {
            using var scalar = y.ToScalar();
            return x.div(scalar);
        }

        /// <summary>x².</summary>
        public Tensor Squared() => x.pow(Two);

        /// <summary>1 - x.</summary>
        public Tensor OneMinus() => x.neg().add(One, One);

        /// <summary>x held between two numbers.</summary>
        public Tensor Clamped(double low, double high)
        {
            using Scalar lowest = low.ToScalar(), highest = high.ToScalar();
            return x.clamp(lowest, highest);
        }

        /// <summary>x remainder y, never negative.</summary>
        public Tensor Modulo(long y)
        {
            using var scalar = y.ToScalar();
            return x.remainder(scalar);
        }

        /// <summary>Minus infinity where the mask is true, in place.</summary>
        public Tensor Exclude(Tensor mask) => x.masked_fill_(mask, NegativeInfinity);

        /// <summary>Cut to at most limit away from 0.</summary>
        public Tensor Within(double limit)
        {
            using Scalar low = (-limit).ToScalar(), high = limit.ToScalar();
            return x.clamp(low, high);
        }

        /// <summary>x += y, in place.</summary>
        public Tensor Add(double y)
        {
            using var scalar = y.ToScalar();
            return x.add_(scalar, One);
        }

        /// <summary>x += factor * y, in place.</summary>
        public Tensor Add(Tensor y, double factor)
        {
            using var scalar = factor.ToScalar();
            return x.add_(y, scalar);
        }

        /// <summary>x += factor * y * z, in place.</summary>
        public Tensor AddProduct(Tensor y, Tensor z, double factor)
        {
            using var scalar = factor.ToScalar();
            return x.addcmul_(y, z, scalar);
        }

        /// <summary>x += factor * y / z, in place.</summary>
        public Tensor AddQuotient(Tensor y, Tensor z, double factor)
        {
            using var scalar = factor.ToScalar();
            return x.addcdiv_(y, z, scalar);
        }

        /// <summary>x *= y, in place.</summary>
        public Tensor Scale(double y)
        {
            using var scalar = y.ToScalar();
            return x.mul_(scalar);
        }
    }

    /// <summary>0, step, 2 step … below the end, [ceil(end / step)].</summary>
    public static Tensor Range(long end, ScalarType type, long step = 1)
    {
        using Scalar last = end.ToScalar(), stride = step.ToScalar();
        return arange(Zero, last, stride, dtype: type);
    }

    /// <summary>Independent normal numbers of mean 0.</summary>
    public static Tensor Normal(double deviation, long[] shape, Generator generator)
    {
        using var scope = NewDisposeScope();
        return randn(shape, generator: generator).Scale(deviation).MoveToOuterDisposeScope();
    }
}
